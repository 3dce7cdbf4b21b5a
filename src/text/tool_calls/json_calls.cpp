// {"name": "f", "arguments": {…}}, which most families write in some form: with "parameters", as a list, within
// "function", with arguments that are a string.
#include <algorithm>
#include <initializer_list>
#include <optional>

#include "text/tool_calls/reading.h"

namespace sotto::text::tool_calls {
namespace {

const Json* member_of(const Json& object, std::initializer_list<const char*> names) {
  for (const char* name : names)
    if (const auto found = object.find(name); found != object.end()) return &*found;
  return nullptr;
}

// The arguments as an object; nothing: they are none.
std::optional<Json> arguments_of(const Json& call) {
  const Json* found = member_of(call, {"arguments", "parameters"});
  if (found == nullptr || found->is_null()) return Json::object();
  if (found->is_object()) return *found;
  if (!found->is_string()) return std::nullopt;
  const auto& text = found->get_ref<const std::string&>();
  if (skip_blanks(text) == text.size()) return Json::object();
  return parse_object(text);
}

bool append_call(const Json& value, Tools tools, std::vector<Call>& calls) {
  if (!value.is_object()) return false;
  const Json* within = member_of(value, {"function"});
  const Json& call = within != nullptr && within->is_object() ? *within : value;
  const Json* name = member_of(call, {"name", "tool_name", "function"});
  if (name == nullptr || !name->is_string() || find_tool(tools, name->get_ref<const std::string&>()) == nullptr)
    return false;
  const auto arguments = arguments_of(call);
  if (!arguments) return false;
  calls.push_back({name->get<std::string>(), to_text(*arguments)});
  return true;
}

// Where the string ends that begins at `at`; at text.size(): not yet.
std::size_t string_end(std::string_view text, std::size_t at) {
  for (++at; at < text.size() && text[at] != '"'; ++at)
    if (text[at] == '\\') ++at;
  return std::min(at, text.size());
}

// The string behind blanks at `at`, as it is written, and `at` behind it. False: there is none, or (at text.size()) it
// has not come whole.
bool take_string(std::string_view text, std::size_t& at, std::string_view& string) {
  const std::size_t begin = at = skip_blanks(text, at);
  if (at == text.size() || text[at] != '"') return false;
  at = string_end(text, at);
  if (at == text.size()) return false;
  string = text.substr(begin + 1, at++ - begin - 1);
  return true;
}

}  // namespace

bool may_be_json_calls(std::string_view text, Tools tools) {
  constexpr std::string_view kMembers[] = {"name", "tool_name",    "function", "arguments", "parameters",
                                           "type", "tool_call_id", "id",       "index"};
  std::size_t at = skip_blanks(text);
  if (text.substr(at).starts_with('[')) at = skip_blanks(text, at + 1);
  if (at == text.size() || text[at++] != '{') return true;
  std::string_view key, name;
  if (!take_string(text, at, key)) return at == text.size();
  if (std::ranges::find(kMembers, key) == std::end(kMembers)) return false;
  if (key != "name" && key != "tool_name") return true;
  at = skip_blanks(text, at);
  if (at == text.size()) return true;
  if (text[at++] != ':') return false;
  if (!take_string(text, at, name)) return at == text.size();
  return name.find('\\') != std::string_view::npos || find_tool(tools, name) != nullptr;
}

Reading find_json_end(std::string_view text) {
  std::string open;  // the brackets that must close
  std::size_t n_commas = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (c == '"') {
      i = string_end(text, i);
    } else if (c == '{' || c == '[') {
      if (open.size() == kMostNesting) return Reading::none();
      open += c == '{' ? '}' : ']';
    } else if (c == '}' || c == ']') {
      if (open.empty() || open.back() != c) return Reading::none();
      open.pop_back();
      if (open.empty()) return {Reading::State::kFound, i + 1};
    } else if (c == ',' && ++n_commas > kMostMembers) {
      return Reading::none();
    }
  }
  return Reading::more();
}

std::optional<Json> parse_object(std::string_view text) {
  // Before it is parsed, so that nesting is bounded.
  if (find_json_end(text.substr(skip_blanks(text))).state != Reading::State::kFound) return std::nullopt;
  Json parsed = Json::parse(text, nullptr, false);
  if (!parsed.is_object()) return std::nullopt;
  return parsed;
}

Reading read_json_calls(std::string_view text, Tools tools) {
  // What cannot become an object need not be waited for.
  if (!text.empty() && text[0] == '{') {
    const std::size_t first = skip_blanks(text, 1);
    if (first < text.size() && text[first] != '"') return Reading::none();
  }
  Reading reading = find_json_end(text);
  if (reading.state != Reading::State::kFound) return reading;
  const Json value = Json::parse(text.substr(0, reading.n_bytes), nullptr, false);
  if (value.is_array() && !value.empty()) {
    for (const Json& item : value)
      if (!append_call(item, tools, reading.calls)) return Reading::none();
  } else if (!append_call(value, tools, reading.calls)) {
    return Reading::none();
  }
  return reading;
}

}  // namespace sotto::text::tool_calls
