// What a request's tools ask for: which calls are read from the answer, and what a grammar holds it to. Knows nothing
// of templates and of the text so far.
#pragma once

#include <memory>
#include <vector>

#include "engine/grammars.h"
#include "sotto/engine.h"
#include "text/tool_calls/format.h"
#include "text/tool_calls/splitter.h"

namespace sotto::engine {

// Of one request; immutable once made.
struct ToolPlan {
  const text::tool_calls::Format* format = nullptr;  // nullptr: nothing can be called
  std::vector<text::tool_calls::Tool> tools{};       // those that can be called
  bool forced = false;                               // the answer is a call
  bool one_call = false;                             // the answer ends after its first call
  bool guided = false;                               // a grammar holds calls to their form and their schemas

  bool active() const { return format != nullptr; }
  // For an answer; the plan must outlive it.
  std::unique_ptr<text::tool_calls::Splitter> splitter() const;
};

// Errors: kBadRequest (a tool's name or parameters; more tools or calls than kMostTools; a choice that no tool fits;
// tools beside a plain prompt, a schema or a grammar for the answer).
Result<ToolPlan> plan_tools(const Request& request, const text::tool_calls::Format& format);

// The grammar of an answer: always where a call is forced, and otherwise from the mark on that begins a call, if there
// is one that the model writes as text. Null: the answer is free; so it is where a schema cannot be honoured and
// nothing is forced. Sets plan.guided. Errors: as Grammars::find(), naming the tool.
Result<std::shared_ptr<grammar::TokenGrammar>> guide_calls(ToolPlan& plan, const text::Tokenizer& tokenizer,
                                                           Grammars& grammars);

}  // namespace sotto::engine
