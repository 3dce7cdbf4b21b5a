#include "api/llamacpp/state.h"

#include <gtest/gtest.h>

#include "api/fake.h"
#include "api/llamacpp/completion.h"
#include "api/llamacpp/shapes.h"

namespace sotto::api::llamacpp {
namespace {

KeptReply ask(FakeService& fake, Outcome (*handle)(Service&, Call&), const std::string& query = "") {
  return call_with(shape(), *fake.service, handle, R"({"model": "fake"})", {}, {{"fail_on_no_slot", query}});
}

KeptReply complete(FakeService& fake) {
  return call_with(shape(), *fake.service, completion, R"({"model": "fake", "prompt": "Once"})");
}

TEST(LlamaCppState, Health) {
  FakeService fake;
  EXPECT_EQ(ask(fake, health).body, R"({"status":"ok"})");
}

TEST(LlamaCppState, SlotsAreSessions) {
  FakeService fake;
  const std::size_t most = fake.service->options().limits.sessions.most;
  Json list = Json::parse(ask(fake, slots).body);
  ASSERT_EQ(list.size(), most);
  EXPECT_EQ(list[0]["is_processing"], false);
  Json during;
  fake.script.during = [&](const Request&) { during = Json::parse(ask(fake, slots, "1").body); };
  EXPECT_EQ(complete(fake).status, 200);
  ASSERT_EQ(during.size(), most);
  EXPECT_EQ(during[0]["is_processing"], true);
  EXPECT_EQ(during[0]["n_ctx"], 1000);
  EXPECT_EQ(during[1]["is_processing"], false);
  list = Json::parse(ask(fake, slots).body);
  EXPECT_EQ(list[0]["is_processing"], false);
}

TEST(LlamaCppState, MetricsCountWhatWasAnswered) {
  FakeService fake;
  EXPECT_NE(ask(fake, metrics).body.find("\nllamacpp:tokens_predicted_total 0\n"), std::string::npos);
  std::string during;
  fake.script.during = [&](const Request&) { during = ask(fake, metrics).body; };
  EXPECT_EQ(complete(fake).status, 200);
  EXPECT_EQ(complete(fake).status, 200);
  EXPECT_NE(during.find("\nllamacpp:requests_processing 1\n"), std::string::npos) << during;
  const KeptReply reply = ask(fake, metrics);
  EXPECT_TRUE(reply.type.starts_with("text/plain; version=0.0.4"));
  for (const char* line : {"\nllamacpp:prompt_tokens_total 8\n", "\nllamacpp:tokens_predicted_total 4\n",
                           "\nllamacpp:requests_total 2\n", "\nllamacpp:n_tokens_max 6\n",
                           "\nllamacpp:requests_processing 0\n", "\n# TYPE llamacpp:requests_deferred gauge\n"})
    EXPECT_NE(reply.body.find(line), std::string::npos) << line << " in " << reply.body;
}

TEST(LlamaCppState, UnknownModelsAre404) {
  FakeService fake;
  EXPECT_EQ(call_with(shape(), *fake.service, slots, R"({"model": "nobody"})").status, 404);
  EXPECT_EQ(call_with(shape(), *fake.service, props, R"({"model": "nobody"})").status, 404);
}

}  // namespace
}  // namespace sotto::api::llamacpp
