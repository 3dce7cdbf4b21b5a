// What an answer's text becomes: events of text, up to a stop string, and of calls of tools. Knows nothing of tokens
// and of thoughts.
#pragma once

#include <memory>
#include <string>

#include "engine/stop_matcher.h"
#include "engine/tool_plan.h"

namespace sotto::engine {

// Of one answer. Not thread-safe.
class AnswerEvents {
 public:
  // tools: an active plan; nullptr: nothing is called. It and `sink` must outlive this.
  AnswerEvents(StopMatcher stops, const ToolPlan* tools, const EventSink& sink);

  void push(std::string text);  // what comes after stopped() is dropped
  void finish();                // the answer has ended: what was held back

  bool stopped() const { return stops_.stopped() || done_; }  // nothing may follow
  bool called() const { return n_calls_ > 0; }
  const std::string& matched() const { return stops_.matched(); }  // the stop string that ended it; empty: none did

 private:
  void tell(const std::vector<text::tool_calls::Part>& parts);
  void tell_call(const text::tool_calls::Part& part);
  void emit(Event::Kind kind, std::string text);

  StopMatcher stops_;
  const EventSink& sink_;
  std::unique_ptr<text::tool_calls::Splitter> splitter_;  // null: everything is text
  bool one_call_ = false;                                 // nothing follows the first call
  bool done_ = false;
  ToolCall call_;  // that has begun, so far
  int n_calls_ = 0;
};

}  // namespace sotto::engine
