// <function=f>\n<parameter=city>\nRome\n</parameter>\n</function>, as Qwen3-Coder and Qwen3.5 write calls: without
// quotes, so that the tool's schema tells what is text.
#include <algorithm>

#include "text/tool_calls/reading.h"

namespace sotto::text::tool_calls {
namespace {

constexpr std::string_view kFunction = "<function=", kFunctionEnd = "</function>";
constexpr std::string_view kParameter = "<parameter=", kParameterEnd = "</parameter>";

// Whether a value may be of the type, as far as the schema's type, enum, anyOf and oneOf say. Schemas of tools are
// nested at most kMostNesting deep, and so is this.
bool may_be(const Json& schema, std::string_view type) {
  if (!schema.is_object()) return false;
  const auto any = [&](const char* keyword, const auto& fits) {
    const auto found = schema.find(keyword);
    if (found == schema.end()) return false;
    return found->is_array() ? std::any_of(found->begin(), found->end(), fits) : fits(*found);
  };
  const auto names_it = [&](const Json& name) {
    return name.is_string() && name.get_ref<const std::string&>() == type;
  };
  const auto is_it = [&](const Json& value) { return value.type_name() == type; };
  const auto allows_it = [&](const Json& one) { return may_be(one, type); };
  return any("type", names_it) || any("enum", is_it) || any("anyOf", allows_it) || any("oneOf", allows_it);
}

const Json& schema_of(const Json& parameters, const std::string& name) {
  static const Json nothing;
  const auto properties = parameters.find("properties");
  if (properties == parameters.end() || !properties->is_object()) return nothing;
  const auto found = properties->find(name);
  return found == properties->end() ? nothing : *found;
}

// One line end on either side belongs to the notation.
std::string_view without_line_ends(std::string_view text) {
  if (text.starts_with('\n')) text.remove_prefix(1);
  if (text.ends_with('\n')) text.remove_suffix(1);
  return text;
}

// What is no text is JSON, or one of Python's words for it; whatever else it may be is text all the same.
Json value_of(std::string_view written, const Json& schema) {
  const bool null = (written == "null" || written == "None") && may_be(schema, "null");
  if (may_be(schema, "string") && !null) return std::string(written);
  if (written == "True") return true;
  if (written == "False") return false;
  if (written == "None") return nullptr;
  const std::size_t begin = skip_blanks(written);
  const bool nested = begin < written.size() && (written[begin] == '{' || written[begin] == '[');
  if (nested && find_json_end(written.substr(begin)).state != Reading::State::kFound) return std::string(written);
  Json parsed = Json::parse(written, nullptr, false);
  return parsed.is_discarded() ? Json(std::string(written)) : parsed;
}

// The name in "<function=NAME>", from `at` on, which moves behind it.
Reading::State take_tag(std::string_view text, std::string_view open, std::size_t& at, std::string& name) {
  const auto state = begins_with(text.substr(at), open);
  if (state != Reading::State::kFound) return state;
  const std::size_t begin = at + open.size(), end = text.find('>', begin);
  if (end == std::string_view::npos)
    return text.find_first_of("<\n", begin) == std::string_view::npos ? Reading::State::kMore : Reading::State::kNone;
  name = text.substr(begin, end - begin);
  at = end + 1;
  return name.find_first_of("<\n") == std::string::npos ? state : Reading::State::kNone;
}

}  // namespace

Reading read_xml_call(std::string_view text, Tools tools) {
  std::size_t at = 0;
  std::string name;
  if (const auto state = take_tag(text, kFunction, at, name); state != Reading::State::kFound) return {state};
  const Tool* tool = find_tool(tools, name);
  if (tool == nullptr) return Reading::none();
  Json arguments = Json::object();
  for (std::size_t n = 0; n < kMostMembers; ++n) {
    at = skip_blanks(text, at);
    const auto ends = begins_with(text.substr(at), kFunctionEnd);
    if (ends == Reading::State::kFound)
      return {Reading::State::kFound, at + kFunctionEnd.size(), {{name, to_text(arguments)}}};
    std::string key;
    const auto state = take_tag(text, kParameter, at, key);
    if (state != Reading::State::kFound) return {ends == Reading::State::kMore ? ends : state};
    const std::size_t end = text.find(kParameterEnd, at);
    if (end == std::string_view::npos) return Reading::more();
    const std::string_view written = without_line_ends(text.substr(at, end - at));
    arguments[key] = value_of(written, schema_of(tool->parameters, key));
    at = end + kParameterEnd.size();
  }
  return Reading::none();
}

}  // namespace sotto::text::tool_calls
