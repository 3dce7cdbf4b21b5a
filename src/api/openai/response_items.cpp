#include "api/openai/response_items.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "api/messages.h"
#include "api/openai/response_calls.h"
#include "api/text_forms.h"

namespace sotto::api::openai {
namespace {

constexpr std::size_t kDefaultPage = 20, kMostOnPage = 100;

const char* id_prefix(const std::string& type) {
  if (type == "reasoning") return "rs_";
  if (type == "function_call") return "fc_";
  return type == "function_call_output" ? "fco_" : "msg_";
}

void read_message_item(Fields& fields, const std::string& id, ResponseInput& input) {
  Message message{read_role(fields), read_content(fields, "content", {"input_text", "output_text", "text"})};
  fields.allow({"phase"});
  input.items.push_back(message_item(id, message, "completed"));
  add_message(input.messages, std::move(message));
}

void read_item(const Json& object, const std::string& where, Findings& findings, ResponseInput& input) {
  Fields fields(object, where, findings);
  const std::string type = fields.text("type").value_or("message");
  const std::string id = fields.text("id").value_or(fresh_id(id_prefix(type)));
  if (type == "reasoning") {
    Json item = object;
    item["id"] = id;
    input.items.push_back(std::move(item));
    return;
  }
  if (type == "message") {
    read_message_item(fields, id, input);
  } else if (type == "function_call") {
    const ToolCall call = read_call(fields);
    input.items.push_back(call_item(id, call, "completed"));
    add_call(input.messages, call);
  } else if (type == "function_call_output") {
    input.messages.push_back(read_result(fields));
    input.items.push_back(result_item(id, input.messages.back()));
  } else if (type == "item_reference") {
    fields.complain("type", "items are not kept one by one; give the item itself, or previous_response_id");
  } else {
    fields.complain("type", fmt::format("messages, calls of functions and their results are read, found {}", type));
  }
  fields.allow({"status"});
  fields.finish();
}

void complain(Findings& findings, const char* field, const std::string& what) {
  findings.problem = fmt::format("{}: {}", field, what);
  findings.field = field;
}

std::size_t read_limit(const std::map<std::string, std::string>& query, Findings& findings) {
  const auto found = query.find("limit");
  if (found == query.end()) return kDefaultPage;
  const std::string& text = found->second;
  std::size_t limit = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), limit);
  if (error == std::errc() && end == text.data() + text.size() && limit >= 1 && limit <= kMostOnPage) return limit;
  complain(findings, "limit", fmt::format("a number from 1 to {} is wanted", kMostOnPage));
  return kDefaultPage;
}

}  // namespace

Json message_item(const std::string& id, const Message& message, const char* status) {
  Json part = {{"type", message.role == Role::kAssistant ? "output_text" : "input_text"}, {"text", message.content}};
  if (message.role == Role::kAssistant) part["annotations"] = part["logprobs"] = Json::array();
  return {{"id", id},
          {"type", "message"},
          {"status", status},
          {"role", role_word(message.role)},
          {"content", Json::array({std::move(part)})}};
}

ResponseInput read_input(Fields& fields) {
  ResponseInput input;
  const Json* given = fields.any("input");
  if (given == nullptr) return input;
  if (given->is_string()) {
    input.messages.push_back({Role::kUser, given->get<std::string>()});
    input.items.push_back(message_item(fresh_id("msg_"), input.messages.back(), "completed"));
  } else if (given->is_array()) {
    for (std::size_t i = 0; i < given->size(); ++i) {
      const std::string name = fmt::format("input[{}]", i);
      if (const Json& item = (*given)[i]; item.is_object()) read_item(item, name, fields.findings(), input);
      else fields.complain(name, fmt::format("an object is wanted, found {}", kind_of(item)));
    }
  } else {
    fields.complain("input", fmt::format("a string or a list of items is wanted, found {}", kind_of(*given)));
  }
  return input;
}

Json item_page(const Json& items, const std::map<std::string, std::string>& query, Findings& findings) {
  const auto value = [&](const char* name) { return query.contains(name) ? query.at(name) : std::string(); };
  const std::size_t limit = read_limit(query, findings);
  std::vector<Json> all(items.begin(), items.end());
  if (const std::string order = value("order"); order.empty() || order == "desc") std::ranges::reverse(all);
  else if (order != "asc") complain(findings, "order", "asc or desc is wanted");
  auto first = all.begin();
  if (const std::string after = value("after"); !after.empty()) {
    first = std::ranges::find_if(all, [&](const Json& item) { return item["id"] == after; });
    if (first == all.end()) complain(findings, "after", "there is no such item");
    else ++first;
  }
  const auto n = std::min(limit, static_cast<std::size_t>(all.end() - first));
  Json data = Json::array();
  for (std::size_t i = 0; i < n; ++i) data.push_back(std::move(*first++));
  return {{"object", "list"},
          {"first_id", n > 0 ? data.front()["id"] : Json()},
          {"last_id", n > 0 ? data.back()["id"] : Json()},
          {"has_more", first != all.end()},
          {"data", std::move(data)}};
}

}  // namespace sotto::api::openai
