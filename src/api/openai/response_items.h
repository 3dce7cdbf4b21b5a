// The input of /v1/responses: a text, or items. Knows nothing of models.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "api/fields.h"
#include "sotto/engine.h"

namespace sotto::api::openai {

struct ResponseInput {
  std::vector<Message> messages;
  Json items = Json::array();  // as they are listed later, oldest first, each with an "id"
};

// Reads "input". Messages are taken, with texts alone, calls of functions and their results, which become messages,
// too; thoughts of earlier answers are left out, as templates do; other calls and references to items are problems.
ResponseInput read_input(Fields& fields);

// {"id", "type": "message", "status", "role", "content": [{"type": …, "text": text}]}
Json message_item(const std::string& id, const Message& message, const char* status);

// A part of the items as a list: `query` has "order" (asc, desc), "limit" and "after", an item's id. What is wrong in
// it becomes a problem of `findings`.
Json item_page(const Json& items, const std::map<std::string, std::string>& query, Findings& findings);

}  // namespace sotto::api::openai
