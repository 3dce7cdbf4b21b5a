// The list of messages in a request, in the forms that the APIs have in common. Knows nothing of templates.
#pragma once

#include <initializer_list>
#include <string>
#include <string_view>
#include <vector>

#include "api/fields.h"
#include "sotto/engine.h"

namespace sotto::api {

// Reads the list `name`: each an object with "role" and "content", which is a string or a list of parts of type "text".
// Calls of an assistant, and the results of tools with "tool_call_id", "tool_name" or "name". Pictures and sounds are
// problems: nothing here reads them.
std::vector<Message> read_messages(Fields& fields, const char* name);

// Reads "role". A word that is none is a problem, and a user's.
Role read_role(Fields& fields);
const char* role_word(Role role);  // "system", "user", "assistant" or "tool"

// Reads "content" or the like: a string, or parts of type "text", joined. types: what that type may be called.
std::string read_content(Fields& fields, const char* name, std::initializer_list<std::string_view> types = {"text"});

}  // namespace sotto::api
