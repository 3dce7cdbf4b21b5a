// <function=f>\n<parameter=city>\nRome\n</parameter>\n</function>, as Qwen3-Coder and Qwen3.5 write calls: without
// quotes, so that the tool's schema tells what is text.
#include "text/tool_calls/reading.h"

namespace sotto::text::tool_calls {
namespace {

constexpr std::string_view kFunction = "<function=", kFunctionEnd = "</function>";
constexpr std::string_view kParameter = "<parameter=", kParameterEnd = "</parameter>";

bool may_be_text(const Json& parameters, const std::string& name) {
  const auto properties = parameters.find("properties");
  if (properties == parameters.end() || !properties->is_object() || !properties->contains(name)) return false;
  const Json& schema = (*properties)[name];
  if (!schema.is_object() || !schema.contains("type")) return false;
  const Json& type = schema["type"];
  if (!type.is_array()) return type == "string";
  for (const Json& one : type)
    if (one == "string") return true;
  return false;
}

// One line end on either side belongs to the notation.
std::string_view without_line_ends(std::string_view text) {
  if (text.starts_with('\n')) text.remove_prefix(1);
  if (text.ends_with('\n')) text.remove_suffix(1);
  return text;
}

// What is no text is JSON, or one of Python's words for it; whatever else it may be is text all the same.
Json value_of(std::string_view written, bool text) {
  if (text) return std::string(written);
  if (written == "True") return true;
  if (written == "False") return false;
  if (written == "None") return nullptr;
  const std::size_t begin = skip_blanks(written);
  const bool nested = begin < written.size() && (written[begin] == '{' || written[begin] == '[');
  if (nested && find_json_end(written.substr(begin)).state != Reading::State::kCalls) return std::string(written);
  Json parsed = Json::parse(written, nullptr, false);
  return parsed.is_discarded() ? Json(std::string(written)) : parsed;
}

// The name in "<function=NAME>", from `at` on, which moves behind it.
Reading::State take_tag(std::string_view text, std::string_view open, std::size_t& at, std::string& name) {
  const auto state = begins_with(text.substr(at), open);
  if (state != Reading::State::kCalls) return state;
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
  if (const auto state = take_tag(text, kFunction, at, name); state != Reading::State::kCalls) return {state};
  const Tool* tool = find_tool(tools, name);
  if (tool == nullptr) return Reading::none();
  Json arguments = Json::object();
  for (std::size_t n = 0; n < kMostMembers; ++n) {
    at = skip_blanks(text, at);
    const auto ends = begins_with(text.substr(at), kFunctionEnd);
    if (ends == Reading::State::kCalls)
      return {Reading::State::kCalls, at + kFunctionEnd.size(), {{name, to_text(arguments)}}};
    std::string key;
    const auto state = take_tag(text, kParameter, at, key);
    if (state != Reading::State::kCalls) return {ends == Reading::State::kMore ? ends : state};
    const std::size_t end = text.find(kParameterEnd, at);
    if (end == std::string_view::npos) return Reading::more();
    const std::string_view written = without_line_ends(text.substr(at, end - at));
    arguments[key] = value_of(written, may_be_text(tool->parameters, key));
    at = end + kParameterEnd.size();
  }
  return Reading::none();
}

}  // namespace sotto::text::tool_calls
