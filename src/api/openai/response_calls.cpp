#include "api/openai/response_calls.h"

#include <algorithm>

#include "api/messages.h"
#include "api/tools.h"

namespace sotto::api::openai {
namespace {

bool is_of_assistant(const std::vector<Message>& messages) {
  return !messages.empty() && messages.back().role == Role::kAssistant;
}

}  // namespace

void read_calling(Fields& fields, Ask& ask, Json& head) {
  ask.tools = read_tools(fields, FunctionForm::kFlat);
  ask.tool_choice = read_tool_choice(fields, FunctionForm::kFlat);
  head.update({{"tools", Json::array()}, {"tool_choice", "auto"}, {"parallel_tool_calls", true}});
  for (const char* name : {"tools", "tool_choice", "parallel_tool_calls"}) {
    if (const Json* given = fields.any(name)) head[name] = *given;
  }
}

ToolCall read_call(Fields& item) {
  ToolCall call{item.required_text("call_id"), item.required_text("name"), item.text("arguments").value_or("")};
  item.refuse("namespace", "functions have names alone here; leave it out");
  item.allow({"caller", "created_by"});
  return call;
}

Message read_result(Fields& item) {
  Message result{.role = Role::kTool, .content = read_content(item, "output", {"input_text", "output_text", "text"})};
  if (item.any("output") == nullptr) item.complain("output", "is missing: a text, or parts of one");
  result.call_id = item.required_text("call_id");
  result.tool_name = item.text("name").value_or("");
  item.refuse("namespace", "functions have names alone here; leave it out");
  item.allow({"caller", "created_by"});
  return result;
}

Json call_item(const std::string& id, const ToolCall& call, const char* status) {
  Json item = {{"id", id}, {"type", "function_call"}, {"status", status}, {"call_id", call.id}};
  item.update(function_json(call));
  return item;
}

Json result_item(const std::string& id, const Message& result) {
  return {{"id", id},
          {"type", "function_call_output"},
          {"status", "completed"},
          {"call_id", result.call_id},
          {"output", result.content}};
}

void add_call(std::vector<Message>& messages, const ToolCall& call) {
  if (!is_of_assistant(messages)) messages.push_back({Role::kAssistant, ""});
  messages.back().calls.push_back(call);
}

void add_message(std::vector<Message>& messages, Message message) {
  const bool joins = message.role == Role::kAssistant && is_of_assistant(messages) && !messages.back().calls.empty();
  if (joins) messages.back().content += message.content;
  else messages.push_back(std::move(message));
}

void name_results(std::vector<Message>& messages) {
  std::vector<const ToolCall*> calls;
  for (Message& message : messages) {
    for (const ToolCall& call : message.calls) calls.push_back(&call);
    if (message.role != Role::kTool || !message.tool_name.empty()) continue;
    const auto asked = [&](const ToolCall* call) { return call->id == message.call_id; };
    const auto found = std::find_if(calls.rbegin(), calls.rend(), asked);
    if (found != calls.rend()) message.tool_name = (*found)->name;
  }
}

std::string told_call_id(const ToolCall& call) { return "call_" + call.id; }

Message said_by(const Answer& answer) {
  Message message{Role::kAssistant, answer.text};
  for (const ToolCall& call : answer.calls) {
    if (arguments_object(call)) message.calls.push_back({told_call_id(call), call.name, call.arguments});
  }
  return message;
}

}  // namespace sotto::api::openai
