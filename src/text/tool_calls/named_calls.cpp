// f[ARGS]{"city": "Rome"}, as Mistral's newer models write calls; some put [CALL_ID] and a name of the call before it.
#include "text/tool_calls/reading.h"

namespace sotto::text::tool_calls {
namespace {

constexpr std::string_view kId = "[CALL_ID]", kArguments = "[ARGS]";

std::size_t skip_name(std::string_view text, std::size_t at) {
  while (at < text.size() && is_name_char(text[at])) ++at;
  return at;
}

}  // namespace

Reading read_named_call(std::string_view text, Tools tools) {
  std::size_t at = skip_name(text, 0);
  if (at == text.size()) return Reading::more();
  const std::string_view name = text.substr(0, at);
  if (find_tool(tools, name) == nullptr) return Reading::none();
  for (const std::string_view mark : {kId, kArguments}) {
    const auto state = begins_with(text.substr(at), mark);
    if (state == Reading::State::kMore) return Reading::more();
    if (state == Reading::State::kFound) at += mark.size();
    if (state == Reading::State::kFound && mark == kId) at = skip_name(text, at);
  }
  at = skip_blanks(text, at);
  if (at == text.size()) return Reading::more();
  if (text[at] != '{') return Reading::none();
  const Reading end = find_json_end(text.substr(at));
  if (end.state != Reading::State::kFound) return end;
  const Json arguments = Json::parse(text.substr(at, end.n_bytes), nullptr, false);
  if (!arguments.is_object()) return Reading::none();
  return {Reading::State::kFound, at + end.n_bytes, {{std::string(name), to_text(arguments)}}};
}

}  // namespace sotto::text::tool_calls
