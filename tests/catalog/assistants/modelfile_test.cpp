#include <gtest/gtest.h>

#include "catalog/assistants/assistant.h"

namespace sotto::catalog {
namespace {

Assistant read_modelfile(const std::string& text) {
  auto parsed = parse_assistant(text, "Modelfile");
  EXPECT_TRUE(parsed) << (parsed ? "" : parsed.error().message);
  return parsed ? parsed->assistant : Assistant();
}

void refuse_modelfile(const std::string& text, const std::string& begin, const std::string& part) {
  const auto parsed = parse_assistant(text, "Modelfile");
  ASSERT_FALSE(parsed) << text;
  EXPECT_EQ(parsed.error().code, ErrorCode::kBadFile);
  EXPECT_TRUE(parsed.error().message.starts_with(begin)) << parsed.error().message;
  EXPECT_NE(parsed.error().message.find(part), std::string::npos) << parsed.error().message;
}

TEST(Modelfile, ReadsEveryInstruction) {
  const Assistant assistant = read_modelfile(
      "# a comment\n"
      "FROM smollm2\n\n"
      "parameter temperature 0.3\n"
      "PARAMETER stop \"AI assistant:\"\n"
      "PARAMETER num_ctx 2048\r\n"
      "PARAMETER stop <|user|>\n"
      "SYSTEM \"\"\"You are Mario.\n  # no comment\n\"It's me\", you say.\"\"\"\n"
      "Message user Hello\n"
      "MESSAGE assistant \"It's-a me!\"\n"
      "ADAPTER ./style.gguf\n"
      "LICENSE MIT\n"
      "license \"\"\"Second\nlicence\"\"\"\n");
  EXPECT_EQ(assistant.base, "smollm2");
  EXPECT_EQ(assistant.system, "You are Mario.\n  # no comment\n\"It's me\", you say.");
  const std::vector<AssistantParameter> parameters = {
      {"temperature", "0.3"}, {"num_ctx", "2048"}, {"stop", "AI assistant:"}, {"stop", "<|user|>"}};
  EXPECT_EQ(assistant.parameters, parameters);
  EXPECT_EQ(assistant.parameters[0].line, 4);
  const std::vector<AssistantMessage> messages = {{"user", "Hello"}, {"assistant", "It's-a me!"}};
  EXPECT_EQ(assistant.messages, messages);
  EXPECT_EQ(assistant.adapters, std::vector<std::string>{"./style.gguf"});
  EXPECT_EQ(assistant.licenses, (std::vector<std::string>{"MIT", "Second\nlicence"}));
}

TEST(Modelfile, MayBeginWithAPathFromHere) {
  for (const std::string path : {"./m.gguf", "../m.gguf", "~/m.gguf", "/a/m.gguf"}) {
    const auto parsed = parse_assistant("# mine\nFROM " + path + "\nSYSTEM hi\n", "Modelfile");
    ASSERT_TRUE(parsed) << parsed.error().message;
    EXPECT_EQ(parsed->assistant.base, path);
  }
}

TEST(Modelfile, KeepsTheLinesOfAQuotedText) {
  EXPECT_EQ(read_modelfile("FROM a\nSYSTEM \"\"\"\nOne\nTwo\n\"\"\"\n").system, "\nOne\nTwo\n");
  EXPECT_EQ(read_modelfile("FROM a\nSYSTEM \"One\nTwo\"\nLICENSE x").system, "One\nTwo");
  EXPECT_EQ(read_modelfile("FROM a\nSYSTEM \"a \"word\" in quotes\"").system, "a \"word\" in quotes");
  EXPECT_EQ(read_modelfile("FROM a\nSYSTEM a \"word\" unquoted").system, "a \"word\" unquoted");
  EXPECT_EQ(read_modelfile("\xEF\xBB\xBF"
                           "FROM a")
                .base,
            "a");
}

TEST(Modelfile, SaysWhatATemplateBecomes) {
  EXPECT_TRUE(read_modelfile("FROM a\nTEMPLATE {{ .Prompt }}").raw);
  EXPECT_TRUE(read_modelfile("FROM a\nTEMPLATE \"\"\"{{.Prompt}}\n\"\"\"").raw);
  const auto parsed =
      parse_modelfile("FROM a\n\nTEMPLATE \"\"\"{{ if .System }}<|system|>\n{{ .System }}{{ end }}\"\"\"\n", "M");
  ASSERT_TRUE(parsed);
  EXPECT_FALSE(parsed->assistant.raw);
  EXPECT_EQ(parsed->assistant.chat_template, "");
  ASSERT_EQ(parsed->notes.size(), 1u);
  EXPECT_TRUE(parsed->notes[0].starts_with("M:3: TEMPLATE is left out")) << parsed->notes[0];
}

TEST(Modelfile, NamesWhatIsLeftOut) {
  const auto parsed = parse_modelfile("FROM a\nPARAMETER mirostat 1\nREQUIRES 0.14.0\nRENDERER x", "M");
  ASSERT_TRUE(parsed);
  ASSERT_EQ(parsed->notes.size(), 3u);
  EXPECT_TRUE(parsed->notes[0].starts_with("M:2: the parameter mirostat")) << parsed->notes[0];
  EXPECT_TRUE(parsed->assistant.parameters.empty());
}

TEST(Modelfile, ErrorsNameTheLine) {
  refuse_modelfile("FROM a\n\nFORM b\n", "Modelfile:3: found the instruction \"FORM\"", "FROM, PARAMETER");
  refuse_modelfile("FROM a\nFROM b\n", "Modelfile:2: FROM stands in line 1 already", "");
  refuse_modelfile("FROM a\nSYSTEM \"\"\"never\nclosed\n", "Modelfile:2: the quote", "never closed");
  refuse_modelfile("FROM a\nSYSTEM \"never\nclosed\n", "Modelfile:2: the quote", "never closed");
  refuse_modelfile("FROM a\nSYSTEM \"\"\"one\ntwo\"\"\" three\n", "Modelfile:3: text behind", "");
  refuse_modelfile("FROM a\nMESSAGE tool x\n", "Modelfile:2: found the role \"tool\"", "system, user or assistant");
  refuse_modelfile("FROM a\nMESSAGE user\n", "Modelfile:2: the message is empty", "");
  refuse_modelfile("FROM a\nPARAMETER temperature\n", "Modelfile:2: expected a name and a value", "");
  refuse_modelfile("FROM a\nPARAMETER tem'perature 1\n", "Modelfile:2: the name of a parameter is \"tem'perature\"",
                   "letters, digits");
  refuse_modelfile("FROM a\nPARAMETER top_k 1\nPARAMETER top_k 2\n", "Modelfile:3: the parameter top_k", "line 2");
  refuse_modelfile("FROM\n", "Modelfile:1: FROM has no value", "");
  refuse_modelfile("SYSTEM x\n", "Modelfile: it names no base", "");
  refuse_modelfile("", "Modelfile: it names no base", "");
  refuse_modelfile("FROM a\nSYSTEM \xFF\n", "Modelfile:2: a byte that is no UTF-8", "");
  refuse_modelfile(
      "FROM a\x01"
      "b\n",
      "Modelfile: base holds a control character", "");
  refuse_modelfile(std::string(kMaxAssistantBytes + 1, 'x'), "Modelfile: it has 1048577 bytes", "");
}

}  // namespace
}  // namespace sotto::catalog
