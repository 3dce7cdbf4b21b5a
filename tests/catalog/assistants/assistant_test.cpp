#include "catalog/assistants/assistant.h"

#include <gtest/gtest.h>

namespace sotto::catalog {
namespace {

Assistant full_assistant() {
  return {.name = "pirate:v2",
          .base = "smollm2:135m",
          .adapters = {"/models/style.gguf=0.5", "b"},
          .system = "Talk like a pirate.\n\"Arr\" \"\"\"often\"\"\".\\ \ttab\n",
          .greeting = "Ahoy! \"Tell\" me",
          .chat_template = "{% for m in messages %}{{ m['content'] }}\n{% endfor %}",
          .raw = true,
          .parameters = {{"temperature", "0.3"},
                         {"seed", "18446744073709551615"},
                         {"think", "off"},
                         {"max_tokens", "-1"},
                         {"top_p", "1e-05"},
                         {"stop", "\n\n"},
                         {"stop", "<|end|>"}},
          .messages = {{"system", "s"}, {"user", "Where\r\nto?"}, {"assistant", "Ends with a quote\n\""}},
          .tools = {"time", "sums"},
          .licenses = {"Apache-2.0", "A text\nof two lines"}};
}

TEST(Assistant, ReadsAsItWasWritten) {
  for (Assistant assistant : {full_assistant(), Assistant{.base = "b"}, Assistant{.base = "b", .licenses = {"MIT"}}}) {
    const std::string text = to_toml(assistant);
    const auto parsed = parse_assistant(text, "assistant.toml");
    ASSERT_TRUE(parsed) << parsed.error().message << "\n" << text;
    EXPECT_EQ(parsed->assistant, assistant) << text;
    EXPECT_TRUE(parsed->notes.empty());
    EXPECT_EQ(to_toml(parsed->assistant), text);
  }
}

TEST(Assistant, EveryByteOfATextComesBack) {
  std::string text;
  for (int c = 1; c < 128; ++c) text += static_cast<char>(c);
  for (const std::string& system : {text, text + "\"\"\"\"", "\"" + text, std::string("\"\"\"\n\"\"\"\"\n\\"),
                                    std::string("\n\n  \n"), std::string("ends in a backslash\n\\")}) {
    const auto parsed = parse_assistant(to_toml({.base = "b", .system = system}), "f");
    ASSERT_TRUE(parsed) << parsed.error().message;
    EXPECT_EQ(parsed->assistant.system, system);
  }
}

TEST(Assistant, ReadsTomlAsPeopleWriteIt) {
  const auto parsed = parse_assistant(
      "# mine\nbase = \"smollm2\"\nadapter = \"a.gguf\"\nlicense = \"MIT\"\nsystem = '''\nBe brief.\n'''\n"
      "[parameters]\ntop_k = 20\nTEMPERATURE = 0.25\nstop = \"x\"\nthink = false\n"
      "[[messages]]\nrole = \"user\"\ncontent = \"hi\"\n",
      "f");
  ASSERT_TRUE(parsed) << parsed.error().message;
  const Assistant& assistant = parsed->assistant;
  EXPECT_EQ(assistant.adapters, std::vector<std::string>{"a.gguf"});
  EXPECT_EQ(assistant.system, "Be brief.\n");
  // In the order of the file, stop behind the others.
  const std::vector<AssistantParameter> parameters = {
      {"top_k", "20"}, {"TEMPERATURE", "0.25"}, {"think", "off"}, {"stop", "x"}};
  EXPECT_EQ(assistant.parameters, parameters);
  EXPECT_EQ(assistant.parameters[1].line, 10);
}

TEST(Assistant, TomlErrorsNameTheLine) {
  const auto refuse = [](const std::string& text, const std::string& begin, const std::string& part) {
    const auto parsed = parse_assistant(text, "f.toml");
    ASSERT_FALSE(parsed) << text;
    EXPECT_EQ(parsed.error().code, ErrorCode::kBadFile);
    EXPECT_TRUE(parsed.error().message.starts_with(begin)) << parsed.error().message;
    EXPECT_NE(parsed.error().message.find(part), std::string::npos) << parsed.error().message;
  };
  refuse("base = \"a\"\nsytem = \"b\"\n", "f.toml:2: there is no field \"sytem\"", "system");
  refuse("base = \"a\"\nbase = \"b\"\n", "f.toml:2: this is no TOML", "");
  refuse("base = \"a\"\nsystem = \"open\n", "f.toml:2: this is no TOML", "");
  refuse("base = 3\n", "f.toml:1: base is a number; expected a text", "");
  refuse("base = \"a\"\nraw = \"yes\"\n", "f.toml:2: raw is a text; expected true or false", "");
  refuse("base = \"a\"\nparameters = 3\n", "f.toml:2: parameters is a number", "[parameters]");
  refuse("base = \"a\"\n[parameters]\ntop_k = [1]\n", "f.toml:3: the parameter top_k is a list", "");
  refuse("base = \"a\"\ntools = [\"a\", 2]\n", "f.toml:2: an item of tools is a number", "");
  refuse("base = \"a\"\n[[messages]]\nrole = \"tool\"\ncontent = \"x\"\n", "f.toml:2: found the role \"tool\"", "");
  refuse("base = \"a\"\n[[messages]]\nrole = \"user\"\n", "f.toml:2: a message has no content", "");
  refuse("base = \"a\"\n[[messages]]\nroll = \"user\"\n", "f.toml:3: messages have no field \"roll\"", "");
  refuse("messages = [1]\nbase = \"a\"\n", "f.toml:1: an item of messages is a number", "");
  refuse("name = \"a\"\n", "f.toml: it names no base", "");
  refuse("base = \"a\\u0007\"\n", "f.toml: base holds a control character", "");
  refuse("base = \"a\"\nadapters = [\"a\\nb\"]\n", "f.toml: an adapter holds a control character", "");
  refuse("base = " + std::string(100'000, '[') + "\n", "f.toml:1: this is no TOML", "");
}

}  // namespace
}  // namespace sotto::catalog
