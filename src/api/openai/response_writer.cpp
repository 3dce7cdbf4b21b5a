#include "api/openai/response_writer.h"

#include "api/logprobs.h"
#include "api/text_forms.h"

namespace sotto::api::openai {
namespace {

Json response_usage(const Usage& usage) {
  return {{"input_tokens", usage.prompt_tokens},
          {"input_tokens_details", {{"cached_tokens", usage.cached_tokens}}},
          {"output_tokens", usage.completion_tokens},
          {"output_tokens_details", {{"reasoning_tokens", usage.thought_tokens}}},
          {"total_tokens", usage.prompt_tokens + usage.completion_tokens}};
}

}  // namespace

ResponseWriter::ResponseWriter(Call& call, Json head, bool stream)
    : call_(call),
      response_(std::move(head)),
      stream_(stream),
      thought_id_(fresh_id("rs_")),
      text_id_(fresh_id("msg_")) {}

void ResponseWriter::event(const char* type, Json fields) {
  Json json = {{"type", type}, {"sequence_number", n_events_++}};
  json.update(fields);
  call_.write_event(json, type);
}

// What tells which item, and its only part, an event is about.
Json ResponseWriter::within_item(Json fields) const {
  Json json = {{"item_id", item_ == Item::kThought ? thought_id_ : text_id_},
               {"output_index", n_items_ - 1},
               {"content_index", 0}};
  json.update(fields);
  return json;
}

Json ResponseWriter::part_json(Item item) const {
  if (item == Item::kThought) return {{"type", "reasoning_text"}, {"text", thought_}};
  return {{"type", "output_text"}, {"text", text_}, {"annotations", Json::array()}, {"logprobs", logprobs_}};
}

Json ResponseWriter::item_json(Item item, const char* status) const {
  if (item == Item::kThought)
    return {{"id", thought_id_}, {"type", "reasoning"}, {"status", status}, {"summary", Json::array()}};
  return {{"id", text_id_}, {"type", "message"}, {"status", status}, {"role", "assistant"}};
}

void ResponseWriter::start() {
  if (n_events_ > 0) return;
  event("response.created", {{"response", response_}});
  event("response.in_progress", {{"response", response_}});
}

void ResponseWriter::open(Item item) {
  if (item_ == item) return;
  close("completed");
  item_ = item;
  ++n_items_;
  Json json = item_json(item, "in_progress");
  json["content"] = Json::array();
  event("response.output_item.added", {{"output_index", n_items_ - 1}, {"item", std::move(json)}});
  event("response.content_part.added", within_item({{"part", part_json(item)}}));
}

void ResponseWriter::close(const char* status) {
  if (item_ == Item::kNone) return;
  const Json part = part_json(item_);
  if (item_ == Item::kThought) event("response.reasoning_text.done", within_item({{"text", thought_}}));
  else event("response.output_text.done", within_item({{"text", text_}, {"logprobs", logprobs_}}));
  event("response.content_part.done", within_item({{"part", part}}));
  Json json = item_json(item_, status);
  json["content"] = Json::array({part});
  event("response.output_item.done", {{"output_index", n_items_ - 1}, {"item", std::move(json)}});
  item_ = Item::kNone;
}

void ResponseWriter::piece(const Event& given) {
  if (!stream_) return;
  start();
  if (given.kind == Event::Kind::kThought) {
    open(Item::kThought);
    thought_ += given.text;
    event("response.reasoning_text.delta", within_item({{"delta", given.text}}));
  } else if (given.kind == Event::Kind::kText) {
    open(Item::kText);
    text_ += given.text;
    const Json logprobs = logprobs_json(given.tokens);
    logprobs_.insert(logprobs_.end(), logprobs.begin(), logprobs.end());
    event("response.output_text.delta", within_item({{"delta", given.text}, {"logprobs", logprobs}}));
  }
}

Json ResponseWriter::complete(const Answer& answer) {
  const bool whole = answer.finish == FinishReason::kStop;
  const char* status = whole ? "completed" : "incomplete";
  if (stream_) {
    start();
    open(Item::kText);  // an empty answer is one, too
    close(status);
  }
  thought_ = answer.thought;
  text_ = answer.text;
  logprobs_ = logprobs_json(answer.tokens);
  Json output = Json::array();
  for (const Item item : {Item::kThought, Item::kText}) {
    if (item == Item::kThought && thought_.empty()) continue;
    Json json = item_json(item, item == Item::kThought ? "completed" : status);
    json["content"] = Json::array({part_json(item)});
    output.push_back(std::move(json));
  }
  response_["status"] = status;
  if (!whole) response_["incomplete_details"] = {{"reason", "max_output_tokens"}};
  response_["output"] = std::move(output);
  response_["usage"] = response_usage(answer.usage);
  if (answer.dropped_messages > 0) response_["truncated_messages"] = answer.dropped_messages;
  return response_;
}

void ResponseWriter::send(const Json& response) {
  if (!stream_) return call_.send(response);
  event(response["status"] == "completed" ? "response.completed" : "response.incomplete", {{"response", response}});
  call_.finish();
}

bool ResponseWriter::fail(const Failure& failure) {
  if (n_events_ == 0) return false;
  response_["status"] = "failed";
  response_["error"] = {{"code", failure.status < 500 ? failure.code : "server_error"}, {"message", failure.message}};
  event("response.failed", {{"response", response_}});
  call_.finish();
  return true;
}

}  // namespace sotto::api::openai
