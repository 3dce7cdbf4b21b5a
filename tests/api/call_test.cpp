#include "api/call.h"

#include <gtest/gtest.h>

#include "api/fake.h"

namespace sotto::api {
namespace {

Shape plain_shape() {
  return {[](const Failure& failure) { return Json{{"error", failure.message}}; },
          [](Call& call, const Failure& failure) { call.write_line({{"error", failure.message}}); }};
}

KeptReply answer_to(const std::string& body, const Handler& handler, std::vector<std::string>* notes = nullptr) {
  const std::atomic<bool> gone{false};
  http::Request request;
  request.body = body;
  request.gone = &gone;
  KeptReply reply;
  as_route(plain_shape(), handler, [&](std::string_view note) {
    if (notes != nullptr) notes->emplace_back(note);
  })(request, reply);
  return reply;
}

TEST(Call, IgnoredFieldsAreToldAndLogged) {
  std::vector<std::string> notes;
  const KeptReply reply = answer_to(
      R"({"a": 1, "b": 2, "c\r\nX: y": 3})",
      [](Call& call) -> Outcome {
        (void)call.fields().whole("a", 0, 9);
        if (auto wrong = call.check()) return wrong;
        call.send({{"ok", true}});
        return std::nullopt;
      },
      &notes);
  EXPECT_EQ(reply.status, 200);
  EXPECT_EQ(reply.body, R"({"ok":true})");
  EXPECT_EQ(reply.headers.at("X-Sotto-Ignored"), "b, c??X: y");
  ASSERT_EQ(notes.size(), 1u);
  EXPECT_NE(notes[0].find("ignored b"), std::string::npos);
}

TEST(Call, BodiesThatAreNoneAreRefused) {
  bool called = false;
  const KeptReply reply = answer_to("{", [&](Call&) -> Outcome {
    called = true;
    return std::nullopt;
  });
  EXPECT_FALSE(called);
  EXPECT_EQ(reply.status, 400);
  EXPECT_TRUE(reply.body.starts_with(R"({"error":"the request's body: )")) << reply.body;
}

TEST(Call, TheLogHasLinesOfItsOwn) {
  std::vector<std::string> notes;
  (void)answer_to(
      "{}", [](Call&) -> Outcome { return bad_request("no\nmodel \x1b[31m" + std::string(5000, 'x')); }, &notes);
  ASSERT_EQ(notes.size(), 1u);
  EXPECT_EQ(notes[0].find_first_of("\n\x1b"), std::string::npos);
  EXPECT_LT(notes[0].size(), 1200u);
}

TEST(Call, AFailureBeforeTheFirstPartHasItsStatus) {
  const KeptReply reply = answer_to("{}", [](Call&) -> Outcome { return busy("come again"); });
  EXPECT_EQ(reply.status, 503);
  EXPECT_EQ(reply.headers.count("Retry-After"), 1u);
}

TEST(Call, AFailureWithinAStreamEndsIt) {
  const KeptReply reply = answer_to("{}", [](Call& call) -> Outcome {
    call.write_line({{"n", 1}});
    return bad_request("broken");
  });
  EXPECT_EQ(reply.status, 200);
  EXPECT_EQ(reply.type, "application/x-ndjson");
  EXPECT_EQ(reply.parts, (std::vector<std::string>{"{\"n\":1}\n", "{\"error\":\"broken\"}\n"}));
  EXPECT_TRUE(reply.finished);
}

TEST(Call, EventsHaveNames) {
  const KeptReply reply = answer_to("{}", [](Call& call) -> Outcome {
    call.write_event({{"n", 1}});
    call.write_event({{"n", 2}}, "delta");
    call.finish();
    return std::nullopt;
  });
  EXPECT_EQ(reply.type, "text/event-stream");
  EXPECT_EQ(reply.parts, (std::vector<std::string>{"data: {\"n\":1}\n\n", "event: delta\ndata: {\"n\":2}\n\n"}));
}

}  // namespace
}  // namespace sotto::api
