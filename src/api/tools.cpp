#include "api/tools.h"

#include <fmt/format.h>

namespace sotto::api {
namespace {

// Calls `read` with the fields of each object in the list `name`, of at most kMostTools.
template <class Read>
void each_of_few(Fields& fields, const char* name, const Read& read) {
  const Json* list = fields.list(name);
  if (list == nullptr) return;
  if (list->size() <= kMostTools) return fields.each_object(name, *list, read);
  fields.complain(name, fmt::format("at most {} are taken, found {}", kMostTools, list->size()));
}

// Calls `read` with the fields of a function.
template <class Read>
void within_function(Fields& fields, FunctionForm form, const Read& read) {
  const std::string type = fields.text("type").value_or("function");
  if (type != "function") fields.complain("type", "this server calls functions alone, found " + type);
  if (form == FunctionForm::kFlat) return read(fields);
  const Json* function = fields.object("function");
  if (function == nullptr) {
    fields.complain("function", "is missing");
    return;
  }
  Fields within(*function, fields.path("function"), fields.findings());
  read(within);
  within.finish();
}

}  // namespace

std::vector<Tool> read_tools(Fields& fields, FunctionForm form) {
  std::vector<Tool> tools;
  each_of_few(fields, "tools", [&](Fields& item) {
    within_function(item, form, [&](Fields& function) {
      Tool tool{function.required_text("name"), function.text("description").value_or(""), ""};
      if (const Json* parameters = function.object("parameters")) tool.parameters = dump(*parameters);
      function.allow({"strict"});  // calls are held to their schemas as docs/tools.md says, strict or not
      tools.push_back(std::move(tool));
    });
    item.allow({"cache_control"});
  });
  fields.refuse("functions", "the older form of tools is not taken; use \"tools\"");
  fields.refuse("function_call", "the older form of tools is not taken; use \"tool_choice\"");
  return tools;
}

ToolChoice read_tool_choice(Fields& fields, FunctionForm form) {
  using Mode = ToolChoice::Mode;
  ToolChoice choice;
  choice.parallel = fields.flag("parallel_tool_calls").value_or(true);
  const Json* value = fields.any("tool_choice");
  if (value == nullptr || *value == "auto") return choice;
  if (*value == "none") {
    choice.mode = Mode::kNone;
  } else if (*value == "required" || *value == "any") {
    choice.mode = Mode::kRequired;
  } else if (value->is_object()) {
    choice.mode = Mode::kNamed;
    Fields within(*value, fields.path("tool_choice"), fields.findings());
    within_function(within, form, [&](Fields& function) { choice.name = function.required_text("name"); });
    within.finish();
  } else {
    fields.complain("tool_choice", "none, auto, required or a function with its name is wanted, found " + dump(*value));
  }
  return choice;
}

std::vector<ToolCall> read_tool_calls(Fields& message) {
  std::vector<ToolCall> calls;
  each_of_few(message, "tool_calls", [&](Fields& item) {
    ToolCall call{item.text("id").value_or(""), "", ""};
    within_function(item, FunctionForm::kNested, [&](Fields& function) {
      call.name = function.required_text("name");
      const Json* arguments = function.any("arguments");
      if (arguments != nullptr)
        call.arguments = arguments->is_string() ? arguments->get<std::string>() : dump(*arguments);
      function.allow({"index"});
    });
    item.allow({"index"});
    calls.push_back(std::move(call));
  });
  return calls;
}

Json function_json(const ToolCall& call) { return {{"name", call.name}, {"arguments", call.arguments}}; }

std::optional<Json> arguments_object(const ToolCall& call) {
  auto parsed = parse_body(call.arguments);
  if (call.arguments.empty() || !parsed) return std::nullopt;
  return std::move(*parsed);
}

}  // namespace sotto::api
