#include "api/openai/response_writer.h"

#include "api/logprobs.h"
#include "api/openai/response_calls.h"
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

struct ResponseWriter::Words {
  const char *id_prefix, *delta, *done;
};

const ResponseWriter::Words& ResponseWriter::words_of(Kind kind) {
  static constexpr Words kWords[] = {
      {"rs_", "response.reasoning_text.delta", "response.reasoning_text.done"},
      {"msg_", "response.output_text.delta", "response.output_text.done"},
      {"fc_", "response.function_call_arguments.delta", "response.function_call_arguments.done"}};
  return kWords[static_cast<int>(kind)];
}

ResponseWriter::ResponseWriter(Call& call, Json head, bool stream)
    : call_(call), response_(std::move(head)), stream_(stream) {}

void ResponseWriter::event(const char* type, Json fields) {
  if (!stream_) return;
  Json json = {{"type", type}, {"sequence_number", n_events_++}};
  json.update(fields);
  call_.write_event(json, type);
}

// What tells which item an event is about, and of one that has parts, which part.
Json ResponseWriter::within_item(Json fields) const {
  Json json = {{"item_id", item_.id}, {"output_index", output_.size()}};
  if (item_.kind != Kind::kCall) json["content_index"] = 0;
  json.update(fields);
  return json;
}

Json ResponseWriter::part_json() const {
  if (item_.kind == Kind::kThought) return {{"type", "reasoning_text"}, {"text", item_.text}};
  return {{"type", "output_text"}, {"text", item_.text}, {"annotations", Json::array()}, {"logprobs", item_.logprobs}};
}

Json ResponseWriter::item_json(const char* status, Json content) const {
  if (item_.kind == Kind::kCall) return call_item(item_.id, {item_.call.id, item_.call.name, item_.text}, status);
  const bool thought = item_.kind == Kind::kThought;
  Json json = {{"id", item_.id}, {"type", thought ? "reasoning" : "message"}, {"status", status}};
  if (thought) json["summary"] = Json::array();
  else json["role"] = "assistant";
  json["content"] = std::move(content);
  return json;
}

void ResponseWriter::start() {
  if (!stream_ || n_events_ > 0) return;
  event("response.created", {{"response", response_}});
  event("response.in_progress", {{"response", response_}});
}

void ResponseWriter::open(Kind kind, const ToolCall& call) {
  close("completed");
  item_ = {.kind = kind, .id = fresh_id(words_of(kind).id_prefix), .call = {told_call_id(call), call.name, ""}};
  answered_ = answered_ || kind != Kind::kThought;
  event("response.output_item.added",
        {{"output_index", output_.size()}, {"item", item_json("in_progress", Json::array())}});
  if (kind != Kind::kCall) event("response.content_part.added", within_item({{"part", part_json()}}));
}

void ResponseWriter::extend(Kind kind, const Event& given) {
  if (item_.kind != kind) open(kind);
  item_.text += given.text;
  Json told = {{"delta", given.text}};
  if (kind == Kind::kText) {
    const Json& logprobs = told["logprobs"] = logprobs_json(given.tokens);
    item_.logprobs.insert(item_.logprobs.end(), logprobs.begin(), logprobs.end());
  }
  event(words_of(kind).delta, within_item(std::move(told)));
}

void ResponseWriter::close(const char* status) {
  if (item_.kind == Kind::kNone) return;
  const bool is_call = item_.kind == Kind::kCall;
  Json told = {{is_call ? "arguments" : "text", item_.text}};
  if (is_call) told["name"] = item_.call.name;
  if (item_.kind == Kind::kText) told["logprobs"] = item_.logprobs;
  event(words_of(item_.kind).done, within_item(std::move(told)));
  if (!is_call) event("response.content_part.done", within_item({{"part", part_json()}}));
  Json item = item_json(status, Json::array({part_json()}));
  event("response.output_item.done", {{"output_index", output_.size()}, {"item", item}});
  output_.push_back(std::move(item));
  item_ = {};
}

void ResponseWriter::piece(const Event& given) {
  start();
  switch (given.kind) {
    case Event::Kind::kThought: return extend(Kind::kThought, given);
    case Event::Kind::kText: return extend(Kind::kText, given);
    case Event::Kind::kCall: return open(Kind::kCall, given.call);
    case Event::Kind::kCallArguments: return extend(Kind::kCall, given);
    case Event::Kind::kCallEnd: return close("completed");
    default: return;
  }
}

Json ResponseWriter::complete(const Answer& answer) {
  const bool whole = answer.finish == FinishReason::kStop || answer.finish == FinishReason::kToolCalls;
  const char* status = whole ? "completed" : "incomplete";
  start();
  if (!answered_) open(Kind::kText);  // an empty answer is one, too
  close(status);
  response_["status"] = status;
  if (!whole) response_["incomplete_details"] = {{"reason", "max_output_tokens"}};
  response_["output"] = std::move(output_);
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
