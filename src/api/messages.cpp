#include "api/messages.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>

#include "api/tools.h"

namespace sotto::api {
namespace {

constexpr std::pair<const char*, Role> kRoles[] = {{"system", Role::kSystem},
                                                   {"developer", Role::kSystem},
                                                   {"user", Role::kUser},
                                                   {"assistant", Role::kAssistant},
                                                   {"tool", Role::kTool}};

Message read_message(Fields& fields) {
  Message message{read_role(fields), read_content(fields, "content")};
  message.calls = read_tool_calls(fields);
  if (message.role == Role::kTool) {
    message.call_id = fields.text("tool_call_id").value_or("");
    const auto name = fields.text("name"), tool_name = fields.text("tool_name");
    message.tool_name = tool_name.value_or(name.value_or(""));
  }
  if (!message.calls.empty() && message.role != Role::kAssistant)
    fields.complain("tool_calls", "an assistant's messages alone have calls");
  fields.refuse("images", "the model has no eyes: it reads text alone");
  fields.refuse("function_call", "the older form of calls is not taken; use \"tool_calls\"");
  // Of an earlier answer: templates leave out earlier thoughts; the rest says who wrote what.
  fields.allow({"thinking", "reasoning_content", "refusal", "audio", "annotations"});
  return message;
}

}  // namespace

Role read_role(Fields& fields) {
  const std::string word = fields.required_text("role");
  for (const auto& [name, role] : kRoles) {
    if (word == name) return role;
  }
  if (!word.empty()) fields.complain("role", fmt::format("system, user, assistant or tool is wanted, found {}", word));
  return Role::kUser;
}

const char* role_word(Role role) {
  for (const auto& [name, known] : kRoles) {
    if (known == role) return name;
  }
  return "user";
}

std::string read_content(Fields& fields, const char* name, std::initializer_list<std::string_view> types) {
  const Json* content = fields.any(name);
  if (content == nullptr) return "";
  if (content->is_string()) return content->get<std::string>();
  std::string text;
  if (!content->is_array()) {
    fields.complain(name, fmt::format("a string or a list of parts is wanted, found {}", kind_of(*content)));
    return text;
  }
  fields.each_object(name, *content, [&](Fields& part) {
    const std::string type = part.required_text("type");
    if (std::ranges::find(types, type) == types.end() && !type.empty())
      part.complain("type", fmt::format("the model reads parts of type text alone, found {}", type));
    text += part.text("text").value_or("");
    part.allow({"cache_control", "citations", "annotations", "logprobs"});
  });
  return text;
}

std::vector<Message> read_messages(Fields& fields, const char* name) {
  std::vector<Message> messages;
  const Json* list = fields.list(name);
  if (list == nullptr) return messages;
  fields.each_object(name, *list, [&](Fields& item) { messages.push_back(read_message(item)); });
  return messages;
}

}  // namespace sotto::api
