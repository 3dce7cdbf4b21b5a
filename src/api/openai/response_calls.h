// Tools in the form of /v1/responses, and its items of calls and their results. Knows nothing of streams.
#pragma once

#include <string>
#include <vector>

#include "api/fields.h"
#include "api/service.h"

namespace sotto::api::openai {

// Reads "tools", "tool_choice" and "parallel_tool_calls"; `head` tells them as they were given.
void read_calling(Fields& fields, Ask& ask, Json& head);

// An item of type "function_call": "call_id", "name" and "arguments", as the text that they are.
ToolCall read_call(Fields& item);
// An item of type "function_call_output": "call_id", and "output", a text or parts of type "input_text". A message of
// the role kTool.
Message read_result(Fields& item);

// {"id", "type": "function_call", "status", "call_id", "name", "arguments"}
Json call_item(const std::string& id, const ToolCall& call, const char* status);
// {"id", "type": "function_call_output", "status", "call_id", "output"}
Json result_item(const std::string& id, const Message& result);

// Items of one turn of an assistant are one message: a call joins the assistant's message that it follows, and so does
// what is said after a call.
void add_call(std::vector<Message>& messages, const ToolCall& call);
void add_message(std::vector<Message>& messages, Message message);

// Gives each result that names no tool the name of the one that its call was of, where that call stands before it.
void name_results(std::vector<Message>& messages);

// The id of an answer's call, by which clients know it.
std::string told_call_id(const ToolCall& call);

// What the answer is to the conversation that goes on from it. A call that a limit cut is none.
Message said_by(const Answer& answer);

}  // namespace sotto::api::openai
