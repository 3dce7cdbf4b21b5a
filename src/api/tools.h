// Tools, choices and calls in the forms that OpenAI's and Ollama's interfaces have in common. Knows nothing of models.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "api/fields.h"
#include "sotto/engine.h"

namespace sotto::api {

// Where a function's fields stand.
enum class FunctionForm {
  kNested,  // {"type": "function", "function": {"name", …}}
  kFlat,    // {"type": "function", "name", …}
};

// "tools": a list of functions with "name", "description" and "parameters". Tools of other types are a problem: nothing
// here runs them. So are "functions" and "function_call", which came before, and more than kMostTools.
std::vector<Tool> read_tools(Fields& fields, FunctionForm form = FunctionForm::kNested);

// "tool_choice": "none", "auto", "required" or "any", or a function with its "name"; "parallel_tool_calls".
ToolChoice read_tool_choice(Fields& fields, FunctionForm form = FunctionForm::kNested);

// "tool_calls" of an assistant's message, at most kMostTools: "arguments" is an object, or JSON text.
std::vector<ToolCall> read_tool_calls(Fields& message);

// {"name", "arguments"}, the latter as the text that it is.
Json function_json(const ToolCall& call);

// The arguments as an object; nothing where a limit cut them.
std::optional<Json> arguments_object(const ToolCall& call);

}  // namespace sotto::api
