#include "api/openai/response_writer.h"

#include <gtest/gtest.h>

#include "api/fake.h"

namespace sotto::api::openai {
namespace {

struct Written {
  std::vector<Json> events;
  Json body;
  bool finished = false;

  std::vector<std::string> types() const {
    std::vector<std::string> all;
    for (const Json& event : events) all.push_back(event["type"]);
    return all;
  }
};

template <class Work>
Written written(bool stream, Work work) {
  const std::atomic<bool> gone{false};
  http::Request request;
  request.gone = &gone;
  KeptReply reply;
  Call call(request, reply);
  ResponseWriter writer(call, {{"id", "resp_1"}, {"status", "in_progress"}}, stream);
  work(writer);
  Written result;
  result.finished = reply.finished;
  for (const std::string& part : reply.parts) {
    const std::size_t data = part.find("\ndata: ");
    const Json event = Json::parse(part.substr(data + 7));
    EXPECT_EQ(part.substr(0, data), "event: " + event["type"].get<std::string>());
    EXPECT_EQ(event["sequence_number"], result.events.size());
    result.events.push_back(event);
  }
  if (!reply.body.empty()) result.body = Json::parse(reply.body);
  return result;
}

Event piece(Event::Kind kind, const char* text) {
  Event event;
  event.kind = kind;
  event.text = text;
  return event;
}

Answer answer_of(const char* thought, const char* text, FinishReason finish = FinishReason::kStop) {
  Answer answer;
  answer.thought = thought;
  answer.text = text;
  answer.finish = finish;
  return answer;
}

TEST(ResponseWriter, AStreamTellsEachItemFromItsBeginningToItsEnd) {
  const Written stream = written(true, [](ResponseWriter& writer) {
    writer.piece(piece(Event::Kind::kThought, "h"));
    writer.piece(piece(Event::Kind::kThought, "m"));
    writer.piece(piece(Event::Kind::kText, "y"));
    writer.piece(piece(Event::Kind::kText, "es"));
    writer.send(writer.complete(answer_of("hm", "yes")));
  });
  EXPECT_EQ(stream.types(),
            (std::vector<std::string>{
                "response.created", "response.in_progress", "response.output_item.added", "response.content_part.added",
                "response.reasoning_text.delta", "response.reasoning_text.delta", "response.reasoning_text.done",
                "response.content_part.done", "response.output_item.done", "response.output_item.added",
                "response.content_part.added", "response.output_text.delta", "response.output_text.delta",
                "response.output_text.done", "response.content_part.done", "response.output_item.done",
                "response.completed"}));
  EXPECT_EQ(stream.events[0]["response"]["status"], "in_progress");
  EXPECT_EQ(stream.events[6]["text"], "hm");
  EXPECT_EQ(stream.events[11]["output_index"], 1);
  EXPECT_EQ(stream.events[13]["text"], "yes");
  const Json& output = stream.events.back()["response"]["output"];
  ASSERT_EQ(output.size(), 2u);
  EXPECT_EQ(output[0], stream.events[8]["item"]);
  EXPECT_EQ(output[1], stream.events[15]["item"]);
  for (const std::size_t i : {11u, 12u, 13u, 14u}) EXPECT_EQ(stream.events[i]["item_id"], output[1]["id"]);
  EXPECT_TRUE(stream.finished);
}

TEST(ResponseWriter, WhatWasCutIsIncomplete) {
  const Written stream = written(true, [](ResponseWriter& writer) {
    writer.piece(piece(Event::Kind::kText, "ye"));
    writer.send(writer.complete(answer_of("", "ye", FinishReason::kLength)));
  });
  EXPECT_EQ(stream.types().back(), "response.incomplete");
  const Json& response = stream.events.back()["response"];
  EXPECT_EQ(response["status"], "incomplete");
  EXPECT_EQ(response["incomplete_details"]["reason"], "max_output_tokens");
  EXPECT_EQ(response["output"][0]["status"], "incomplete");
}

TEST(ResponseWriter, AnEmptyAnswerIsAnItemToo) {
  const Written stream = written(true, [](ResponseWriter& writer) { writer.send(writer.complete(answer_of("", ""))); });
  EXPECT_EQ(stream.events.back()["response"]["output"][0]["content"][0]["text"], "");
  EXPECT_EQ(stream.types().size(), 8u);
}

TEST(ResponseWriter, WholeAnswers) {
  const Written whole = written(false, [](ResponseWriter& writer) {
    Event yes = piece(Event::Kind::kText, "yes");
    yes.tokens = std::vector<ChosenToken>(1);
    writer.piece(yes);
    Answer answer = answer_of("", "yes");
    answer.usage.prompt_tokens = 7;
    answer.usage.completion_tokens = 2;
    writer.send(writer.complete(answer));
  });
  EXPECT_TRUE(whole.events.empty());
  EXPECT_EQ(whole.body["status"], "completed");
  EXPECT_EQ(whole.body["usage"]["total_tokens"], 9);
  EXPECT_EQ(whole.body["output"][0]["content"][0]["logprobs"].size(), 1u);
}

// A text, and a call whose arguments come in two.
void text_and_call(ResponseWriter& writer, bool ends) {
  writer.piece(piece(Event::Kind::kText, "Wait."));
  Event call = piece(Event::Kind::kCall, "");
  call.call = {"123456789", "f", ""};
  writer.piece(call);
  writer.piece(piece(Event::Kind::kCallArguments, R"({"a")"));
  writer.piece(piece(Event::Kind::kCallArguments, ":1}"));
  if (ends) writer.piece(piece(Event::Kind::kCallEnd, ""));
  writer.send(writer.complete(answer_of("", "Wait.", ends ? FinishReason::kToolCalls : FinishReason::kLength)));
}

TEST(ResponseWriter, CallsAreItemsOfTheirOwn) {
  const Written stream = written(true, [](ResponseWriter& writer) { text_and_call(writer, true); });
  const std::vector<std::string> types = stream.types();
  EXPECT_EQ(std::vector<std::string>(types.begin() + 8, types.end()),
            (std::vector<std::string>{"response.output_item.added", "response.function_call_arguments.delta",
                                      "response.function_call_arguments.delta", "response.function_call_arguments.done",
                                      "response.output_item.done", "response.completed"}));
  const Json& output = stream.events.back()["response"]["output"];
  ASSERT_EQ(output.size(), 2u);
  EXPECT_EQ(output[0]["content"][0]["text"], "Wait.");
  const std::string id = output[1]["id"];
  EXPECT_TRUE(id.starts_with("fc_")) << id;
  const Json call = {{"id", id},    {"type", "function_call"},  {"status", "completed"}, {"call_id", "call_123456789"},
                     {"name", "f"}, {"arguments", R"({"a":1})"}};
  EXPECT_EQ(output[1], call);
  EXPECT_EQ(stream.events[12]["item"], call);
  Json begun = call;
  begun.update({{"status", "in_progress"}, {"arguments", ""}});
  EXPECT_EQ(stream.events[8]["item"], begun);
  EXPECT_EQ(stream.events[9]["delta"], R"({"a")");
  EXPECT_EQ(stream.events[11]["arguments"], R"({"a":1})");
  for (std::size_t i = 9; i < 12; ++i) {
    EXPECT_EQ(stream.events[i]["item_id"], id);
    EXPECT_EQ(stream.events[i]["output_index"], 1);
    EXPECT_FALSE(stream.events[i].contains("content_index"));
  }
  const Written whole = written(false, [](ResponseWriter& writer) { text_and_call(writer, true); });
  EXPECT_EQ(whole.body["status"], "completed");
  EXPECT_EQ(whole.body["output"][1]["arguments"], R"({"a":1})");
}

TEST(ResponseWriter, ACallThatWasCutIsIncomplete) {
  const Written stream = written(true, [](ResponseWriter& writer) { text_and_call(writer, false); });
  EXPECT_EQ(stream.types().back(), "response.incomplete");
  const Json& output = stream.events.back()["response"]["output"];
  EXPECT_EQ(output[0]["status"], "completed");
  EXPECT_EQ(output[1]["status"], "incomplete");
}

TEST(ResponseWriter, WhereThereAreCallsThereIsNoEmptyMessage) {
  const Written stream = written(true, [](ResponseWriter& writer) {
    for (const char* name : {"f", "g"}) {
      Event call = piece(Event::Kind::kCall, "");
      call.call = {name, name, ""};
      writer.piece(call);
      writer.piece(piece(Event::Kind::kCallArguments, "{}"));
      writer.piece(piece(Event::Kind::kCallEnd, ""));
    }
    writer.send(writer.complete(answer_of("", "", FinishReason::kToolCalls)));
  });
  const Json& output = stream.events.back()["response"]["output"];
  ASSERT_EQ(output.size(), 2u);
  EXPECT_EQ(output[0]["name"], "f");
  EXPECT_EQ(output[1]["name"], "g");
  EXPECT_NE(output[0]["id"], output[1]["id"]);
}

TEST(ResponseWriter, FailuresInAStream) {
  const Written stream = written(true, [](ResponseWriter& writer) {
    EXPECT_FALSE(writer.fail(bad_request("early")));
    writer.piece(piece(Event::Kind::kText, "y"));
    EXPECT_TRUE(writer.fail({500, "damaged_file", "late"}));
  });
  EXPECT_EQ(stream.types().back(), "response.failed");
  EXPECT_EQ(stream.events.back()["response"]["error"], Json::parse(R"({"code": "server_error", "message": "late"})"));
  EXPECT_TRUE(stream.finished);
}

}  // namespace
}  // namespace sotto::api::openai
