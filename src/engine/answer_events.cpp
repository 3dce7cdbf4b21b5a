#include "engine/answer_events.h"

#include <random>
#include <utility>

namespace sotto::engine {
namespace {

using text::tool_calls::Part;

// Nine letters and digits, which every template takes.
std::string fresh_call_id() {
  constexpr std::string_view kDigits = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
  std::random_device random;
  std::uniform_int_distribution<std::size_t> digit(0, kDigits.size() - 1);
  std::string id;
  while (id.size() < 9) id += kDigits[digit(random)];
  return id;
}

}  // namespace

AnswerEvents::AnswerEvents(StopMatcher stops, const ToolPlan* tools, const EventSink& sink)
    : stops_(std::move(stops)), sink_(sink) {
  if (tools == nullptr) return;
  splitter_ = tools->splitter();
  one_call_ = tools->one_call;
}

void AnswerEvents::push(std::string text) {
  if (stopped() || text.empty()) return;
  if (splitter_ != nullptr) tell(splitter_->push(text));
  else emit(Event::Kind::kText, stops_.push(text));
}

void AnswerEvents::finish() {
  if (splitter_ != nullptr && !stopped()) tell(splitter_->finish());
  if (!done_) emit(Event::Kind::kText, stops_.finish());
  done_ = true;
}

void AnswerEvents::tell(const std::vector<Part>& parts) {
  for (const Part& part : parts) {
    if (stopped()) return;
    if (part.kind == Part::Kind::kText) emit(Event::Kind::kText, stops_.push(part.text));
    else tell_call(part);
  }
}

void AnswerEvents::tell_call(const Part& part) {
  switch (part.kind) {
    case Part::Kind::kText: return;
    case Part::Kind::kName:
      emit(Event::Kind::kText, stops_.finish());  // no stop string goes on behind a call
      ++n_calls_;
      call_ = {fresh_call_id(), part.text, ""};
      if (sink_) sink_({.kind = Event::Kind::kCall, .call = call_});
      return;
    case Part::Kind::kArguments: call_.arguments += part.text; return emit(Event::Kind::kCallArguments, part.text);
    case Part::Kind::kEnd:
      done_ = one_call_;
      if (sink_) sink_({.kind = Event::Kind::kCallEnd, .call = std::exchange(call_, {})});
  }
}

void AnswerEvents::emit(Event::Kind kind, std::string text) {
  if (!text.empty() && sink_) sink_({.kind = kind, .text = std::move(text)});
}

}  // namespace sotto::engine
