#include "api/anthropic/blocks.h"

#include "api/text_forms.h"
#include "api/tools.h"

namespace sotto::api::anthropic {
namespace {

Json block_json(bool thought, std::string_view text) {
  if (thought) return {{"type", "thinking"}, {"thinking", text}, {"signature", ""}};
  return {{"type", "text"}, {"text", text}};
}

Json call_block(const ToolCall& call, Json input) {
  return {{"type", "tool_use"}, {"id", "toolu_" + call.id}, {"name", call.name}, {"input", std::move(input)}};
}

const char* stop_reason(const Answer& answer) {
  if (answer.finish == FinishReason::kToolCalls) return "tool_use";
  if (answer.finish != FinishReason::kStop) return "max_tokens";
  return answer.stop.empty() ? "end_turn" : "stop_sequence";
}

// The reason, and the string where one ended the answer.
void add_reason(Json& object, const Answer& answer) {
  object["stop_reason"] = stop_reason(answer);
  object["stop_sequence"] = answer.stop.empty() ? Json() : Json(answer.stop);
}

Json usage_of(const Answer& answer) {
  return {{"input_tokens", answer.usage.prompt_tokens - answer.usage.cached_tokens},
          {"cache_read_input_tokens", answer.usage.cached_tokens},
          {"output_tokens", answer.usage.completion_tokens}};
}

}  // namespace

Blocks::Blocks(Call& call, std::string model, bool stream, const Answer& answer)
    : call_(call), model_(std::move(model)), id_(fresh_id("msg_")), stream_(stream), answer_(answer) {}

Json Blocks::message() const {
  return {{"id", id_},
          {"type", "message"},
          {"role", "assistant"},
          {"model", model_},
          {"content", Json::array()},
          {"stop_reason", nullptr},
          {"stop_sequence", nullptr},
          {"usage", usage_of(answer_)}};
}

void Blocks::start() {
  if (started_) return;
  started_ = true;
  call_.write_event({{"type", "message_start"}, {"message", message()}}, "message_start");
}

void Blocks::enter(Block block) {
  if (block_ == block) return;
  leave();
  open(block, block_json(block == Block::kThought, ""));
}

void Blocks::open(Block block, const Json& content) {
  block_ = block;
  ++index_;
  call_.write_event({{"type", "content_block_start"}, {"index", index_}, {"content_block", content}},
                    "content_block_start");
}

void Blocks::leave() {
  if (block_ == Block::kNone) return;
  block_ = Block::kNone;
  call_.write_event({{"type", "content_block_stop"}, {"index", index_}}, "content_block_stop");
}

void Blocks::piece(const Event& event) {
  if (!stream_) return;
  start();
  switch (event.kind) {
    case Event::Kind::kThought:
      enter(Block::kThought);
      return write_delta({{"type", "thinking_delta"}, {"thinking", event.text}});
    case Event::Kind::kText: enter(Block::kText); return write_delta({{"type", "text_delta"}, {"text", event.text}});
    case Event::Kind::kCall: leave(); return open(Block::kCall, call_block(event.call, Json::object()));
    case Event::Kind::kCallArguments: return write_delta({{"type", "input_json_delta"}, {"partial_json", event.text}});
    case Event::Kind::kCallEnd: return leave();
    default: return;
  }
}

void Blocks::write_delta(const Json& delta) {
  call_.write_event({{"type", "content_block_delta"}, {"index", index_}, {"delta", delta}}, "content_block_delta");
}

// What of a call a limit cut is text.
void Blocks::add_calls(Json& content) const {
  for (const ToolCall& call : answer_.calls) {
    if (auto input = arguments_object(call)) content.push_back(call_block(call, std::move(*input)));
    else content.push_back(block_json(false, call.name + call.arguments));
  }
}

void Blocks::finish() {
  if (!stream_) {
    Json json = message();
    if (!answer_.thought.empty()) json["content"].push_back(block_json(true, answer_.thought));
    if (!answer_.text.empty() || answer_.calls.empty()) json["content"].push_back(block_json(false, answer_.text));
    add_calls(json["content"]);
    add_reason(json, answer_);
    call_.send(json);
    return;
  }
  start();
  leave();
  Json delta = Json::object();
  add_reason(delta, answer_);
  call_.write_event({{"type", "message_delta"}, {"delta", delta}, {"usage", usage_of(answer_)}}, "message_delta");
  call_.write_event({{"type", "message_stop"}}, "message_stop");
  call_.finish();
}

}  // namespace sotto::api::anthropic
