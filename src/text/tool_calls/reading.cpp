#include "text/tool_calls/reading.h"

#include <algorithm>

namespace sotto::text::tool_calls {

const Tool* find_tool(Tools tools, std::string_view name) {
  const auto found = std::find_if(tools.begin(), tools.end(), [&](const Tool& tool) { return tool.name == name; });
  return found == tools.end() ? nullptr : &*found;
}

std::size_t skip_blanks(std::string_view text, std::size_t from) {
  return std::min(text.find_first_not_of(kBlanks, from), text.size());
}

bool is_name_char(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
         std::string_view("_-.:/").find(c) != std::string_view::npos;
}

Reading::State begins_with(std::string_view text, std::string_view mark) {
  if (text.starts_with(mark)) return Reading::State::kFound;
  return mark.starts_with(text) ? Reading::State::kMore : Reading::State::kNone;
}

std::string to_text(const Json& value) { return value.dump(-1, ' ', false, Json::error_handler_t::replace); }

Reading read_any_calls(std::string_view text, Tools tools) {
  const std::size_t begin = skip_blanks(text);
  if (begin == text.size()) return Reading::more();
  const std::string_view body = text.substr(begin);
  Reading reading;
  if (body[0] == '{') {
    reading = read_json_calls(body, tools);
  } else if (body[0] == '[') {
    const std::size_t first = skip_blanks(body, 1);
    if (first == body.size()) return Reading::more();
    reading = body[first] == '{' ? read_json_calls(body, tools) : read_python_calls(body, tools);
  } else if (body[0] == '<') {
    reading = read_xml_call(body, tools);
  } else {
    const std::size_t end =
        static_cast<std::size_t>(std::find_if_not(body.begin(), body.end(), is_name_char) - body.begin());
    if (end == body.size()) return Reading::more();
    if (end == 0) return Reading::none();
    if (body[end] == '(') reading = read_python_calls(body, tools);
    else if (body.starts_with("call:")) reading = read_brace_call(body, tools);
    else reading = read_named_call(body, tools);
  }
  reading.n_bytes += begin;
  return reading;
}

}  // namespace sotto::text::tool_calls
