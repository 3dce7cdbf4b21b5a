#include "api/openai/choices.h"

#include "api/openai/legacy_logprobs.h"
#include "api/text_forms.h"
#include "api/tools.h"

namespace sotto::api::openai {
namespace {

Json call_json(const ToolCall& call) {
  return {{"id", "call_" + call.id}, {"type", "function"}, {"function", function_json(call)}};
}

void add(Usage& total, const Usage& usage) {
  total.prompt_tokens += usage.prompt_tokens;
  total.cached_tokens += usage.cached_tokens;
  total.completion_tokens += usage.completion_tokens;
  total.thought_tokens += usage.thought_tokens;
}

}  // namespace

Choices::Choices(Call& call, Kind kind, std::string model, Delivery delivery)
    : call_(call),
      kind_(kind),
      delivery_(delivery),
      common_({{"id", fresh_id(kind == Kind::kChat ? "chatcmpl-" : "cmpl-")},
               {"created", unix_now_s()},
               {"model", std::move(model)}}) {}

Json Choices::head(const char* object) const {
  Json json = common_;
  json["object"] = object;
  return json;
}

// What a part or the whole of an answer adds to its choice.
Json Choices::delta(std::string_view text, std::string_view thought) const {
  if (kind_ == Kind::kCompletion) return {{"text", text}};
  Json part = Json::object();
  if (!thought.empty()) part["reasoning_content"] = thought;
  if (!text.empty() || thought.empty()) part["content"] = text;
  return part;
}

Json Choices::logprobs(std::span<const ChosenToken> tokens) {
  if (!delivery_.logprobs) return nullptr;
  if (kind_ == Kind::kCompletion) return legacy_logprobs(tokens, offset_);
  return {{"content", logprobs_json(tokens)}, {"refusal", nullptr}};
}

void Choices::write(std::int64_t index, Json part, const Json& finish_reason, const Json& logprobs) {
  Json choice = {{"index", index}};
  if (kind_ == Kind::kChat) choice["delta"] = std::move(part);
  else choice.update(part);
  choice["logprobs"] = logprobs;
  choice["finish_reason"] = finish_reason;
  Json json = head(kind_ == Kind::kChat ? "chat.completion.chunk" : "text_completion");
  json["choices"] = Json::array({std::move(choice)});
  call_.write_event(json);
}

void Choices::write_start(std::int64_t index) {
  if (started_ == index) return;
  started_ = index;
  call_index_ = -1;
  offset_ = 0;
  if (kind_ == Kind::kChat) write(index, {{"role", "assistant"}, {"content", ""}}, nullptr);
  else if (!echo_.empty()) write(index, delta(echo_, ""), nullptr);
}

// What an event adds to a call; nothing: it is of none.
Json Choices::call_delta(const Event& event) {
  if (event.kind == Event::Kind::kCall) {
    Json call = call_json(event.call);
    call["index"] = ++call_index_;
    return call;
  }
  if (event.kind != Event::Kind::kCallArguments) return {};
  return {{"index", call_index_}, {"function", {{"arguments", event.text}}}};
}

void Choices::begin(std::int64_t, std::string_view echo) { echo_ = echo; }

void Choices::piece(std::int64_t index, const Event& event) {
  if (!delivery_.stream) return;
  write_start(index);
  if (const Json part = call_delta(event); !part.empty())
    return write(index, {{"tool_calls", Json::array({part})}}, nullptr);
  const bool thought = event.kind == Event::Kind::kThought;
  if (thought) write(index, delta("", event.text), nullptr);
  else if (event.kind == Event::Kind::kText) write(index, delta(event.text, ""), nullptr, logprobs(event.tokens));
}

void Choices::end(std::int64_t index, const Answer& answer) {
  // The prompt of several answers is read, and counted, once.
  Usage usage = answer.usage;
  if (index % delivery_.n != 0) usage.prompt_tokens = usage.cached_tokens = 0;
  add(total_.usage, usage);
  const Json reason = finish_word(answer.finish);
  if (delivery_.stream) {
    write_start(index);
    write(index, kind_ == Kind::kChat ? Json::object() : delta("", ""), reason);
    return;
  }
  Json choice = {{"index", index}};
  if (kind_ == Kind::kChat) {
    choice["message"] = {{"role", "assistant"}, {"content", answer.text}, {"refusal", nullptr}};
    if (!answer.thought.empty()) choice["message"]["reasoning_content"] = answer.thought;
    for (const ToolCall& call : answer.calls) choice["message"]["tool_calls"].push_back(call_json(call));
    if (!answer.calls.empty() && answer.text.empty()) choice["message"]["content"] = nullptr;
  } else {
    choice["text"] = echo_ + answer.text;
  }
  offset_ = 0;
  choice["logprobs"] = logprobs(answer.tokens);
  choice["finish_reason"] = reason;
  choices_.push_back(std::move(choice));
}

void Choices::finish() {
  if (!delivery_.stream) {
    Json json = head(kind_ == Kind::kChat ? "chat.completion" : "text_completion");
    json["choices"] = std::move(choices_);
    json["usage"] = usage_json(total_);
    call_.send(json);
    return;
  }
  if (delivery_.include_usage) {
    Json json = head(kind_ == Kind::kChat ? "chat.completion.chunk" : "text_completion");
    json["choices"] = Json::array();
    json["usage"] = usage_json(total_);
    call_.write_event(json);
  }
  call_.finish_events();
}

}  // namespace sotto::api::openai
