#include "api/ollama/create.h"

#include <gtest/gtest.h>

#include "api/fake.h"
#include "api/ollama/shapes.h"

namespace sotto::api::ollama {
namespace {

KeptReply ask_create(FakeService& fake, const std::string& body) {
  return call_with(shape(), *fake.service, create, body);
}

TEST(Create, AnAssistantOfAModel) {
  FakeService fake;
  const KeptReply reply = ask_create(fake, R"({"model": "Pirate", "from": "fake", "system": "Arr.", "stream": false,
      "parameters": {"temperature": 0.5, "stop": ["a", "b"], "mirostat": 1}, "license": ["MIT"],
      "messages": [{"role": "user", "content": "x"}, {"role": "assistant", "content": "y"}]})");
  EXPECT_EQ(reply.status, 200) << reply.body;
  EXPECT_EQ(Json::parse(reply.body)["status"], "success");
  EXPECT_EQ(reply.headers.at("X-Sotto-Ignored"), "parameters.mirostat");
  const auto kept = fake.service->store().assistant("pirate");
  ASSERT_TRUE(kept && *kept);
  const catalog::Assistant& assistant = (*kept)->assistant;
  EXPECT_EQ(assistant.base, "fake");
  EXPECT_EQ(assistant.system, "Arr.");
  EXPECT_EQ(assistant.parameters.size(), 3u);
  EXPECT_EQ(assistant.messages.size(), 2u);
  EXPECT_EQ(assistant.licenses, std::vector<std::string>{"MIT"});
}

TEST(Create, StreamsItsState) {
  FakeService fake;
  const KeptReply reply = ask_create(fake, R"({"model": "p", "from": "fake", "system": "x"})");
  ASSERT_EQ(reply.parts.size(), 2u);
  EXPECT_EQ(Json::parse(reply.parts[1])["status"], "success");
  const KeptReply failed = ask_create(fake, R"({"model": "p", "from": "nobody", "system": "x"})");
  ASSERT_EQ(failed.parts.size(), 2u);
  EXPECT_TRUE(Json::parse(failed.parts[1]).contains("error"));
}

TEST(Create, WhatIsWrongIsRefused) {
  FakeService fake;
  const std::string digest = "sha256:" + std::string(64, 'a');
  const std::string bodies[] = {
      R"({"model": "p"})",
      R"({"from": "fake"})",
      R"({"model": "../p", "from": "fake", "stream": false})",
      R"({"model": "p", "from": "../fake", "stream": false})",
      R"({"model": "p", "from": "fake", "template": "{{ .Prompt }}", "stream": false})",
      R"({"model": "p", "from": "fake", "parameters": {"temperature": "hot"}, "stream": false})",
      R"({"model": "p", "from": "fake", "adapters": {"x": "y"}, "stream": false})",
      R"({"model": "p", "from": "fake", "quantize": "q4_x", "stream": false})",
      R"({"model": "p", "from": "fake", "quantize": "q8_0", "system": "x", "stream": false})",
      R"({"model": "p", "files": {"../x.gguf": ")" + digest + R"("}, "stream": false})",
      R"({"model": "p", "files": {"x.gguf": "sha256:../../x"}, "stream": false})",
      R"({"model": "p", "files": {"x.gguf": 3}, "stream": false})",
  };
  for (const std::string& body : bodies) EXPECT_EQ(ask_create(fake, body).status, 400) << body;
  EXPECT_EQ(ask_create(fake, R"({"model": "p", "files": {"x.gguf": ")" + digest + R"("}, "stream": false})").status,
            404);
  EXPECT_FALSE(*fake.service->store().assistant("p"));
}

}  // namespace
}  // namespace sotto::api::ollama
