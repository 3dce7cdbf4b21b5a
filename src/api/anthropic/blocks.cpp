#include "api/anthropic/blocks.h"

#include "api/text_forms.h"

namespace sotto::api::anthropic {
namespace {

Json block_json(bool thought, std::string_view text) {
  if (thought) return {{"type", "thinking"}, {"thinking", text}, {"signature", ""}};
  return {{"type", "text"}, {"text", text}};
}

const char* stop_reason(const Answer& answer) {
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
  block_ = block;
  ++index_;
  const Json content = block_json(block == Block::kThought, "");
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
  const bool thought = event.kind == Event::Kind::kThought;
  enter(thought ? Block::kThought : Block::kText);
  const Json delta = thought ? Json{{"type", "thinking_delta"}, {"thinking", event.text}}
                             : Json{{"type", "text_delta"}, {"text", event.text}};
  call_.write_event({{"type", "content_block_delta"}, {"index", index_}, {"delta", delta}}, "content_block_delta");
}

void Blocks::finish() {
  if (!stream_) {
    Json json = message();
    if (!answer_.thought.empty()) json["content"].push_back(block_json(true, answer_.thought));
    json["content"].push_back(block_json(false, answer_.text));
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
