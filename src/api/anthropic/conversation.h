// What a request of Anthropic's API says: messages of blocks, tools, and which of them is to be called. Knows nothing
// of answers.
#pragma once

#include <vector>

#include "api/fields.h"
#include "sotto/engine.h"

namespace sotto::api::anthropic {

// "messages". A block of type tool_result becomes a message of its own, in its place; thoughts are left out, as
// templates leave out earlier ones. Other blocks than text, tool_use and tool_result are problems.
std::vector<Message> read_turns(Fields& fields);

// "tools", with an "input_schema" each. Those that Anthropic's servers run are problems.
std::vector<Tool> read_tools(Fields& fields);

// "tool_choice".
ToolChoice read_tool_choice(Fields& fields);

}  // namespace sotto::api::anthropic
