#include "catalog/assistants/assistant.h"

#include <algorithm>
#include <cctype>
#include <charconv>
#include <cmath>

#include <fmt/format.h>

#include "text/utf8.h"

namespace sotto::catalog {
namespace {

bool is_control(char c) { return static_cast<unsigned char>(c) < 32 || c == 127; }

// Whether a value can stand in TOML without quotes and be read back as the same text.
bool is_plain_number(std::string_view text) {
  const char* end = text.data() + text.size();
  std::int64_t whole = 0;
  if (const auto [stop, error] = std::from_chars(text.data(), end, whole); error == std::errc() && stop == end) {
    return text == fmt::format("{}", whole);
  }
  double real = 0;
  const auto [stop, error] = std::from_chars(text.data(), end, real);
  if (error != std::errc() || stop != end || !std::isfinite(real)) return false;
  return text == fmt::format("{}", real) && text.find_first_of(".e") != std::string_view::npos;
}

std::string escaped(char c) {
  switch (c) {
    case '\\': return "\\\\";
    case '"': return "\\\"";
    case '\n': return "\\n";
    case '\t': return "\\t";
    case '\r': return "\\r";
    default: return fmt::format("\\u{:04X}", static_cast<unsigned char>(c));
  }
}

// One line, or between triple quotes where the text has several.
std::string quoted(std::string_view text) {
  const bool lines = text.find('\n') != std::string_view::npos;
  std::string out = lines ? "\"\"\"\n" : "\"";
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    // Two quotes never stand together, nor one before the end.
    const bool lone_quote = c == '"' && lines && !out.ends_with('"') && i + 1 < text.size();
    const bool plain = (!is_control(c) && c != '\\' && c != '"') || (lines && (c == '\n' || c == '\t')) || lone_quote;
    plain ? void(out += c) : void(out += escaped(c));
  }
  return out + (lines ? "\"\"\"" : "\"");
}

std::string list(const std::vector<std::string>& texts) {
  std::vector<std::string> items;
  for (const std::string& text : texts) items.push_back(quoted(text));
  return fmt::format("[{}]", fmt::join(items, ", "));
}

std::string parameters_text(const std::vector<AssistantParameter>& parameters) {
  std::string text;
  std::vector<std::string> stops;
  for (const AssistantParameter& parameter : parameters) {
    if (parameter.name == "stop") {
      stops.push_back(parameter.value);
      continue;
    }
    text += fmt::format("{} = {}\n", parameter.name,
                        is_plain_number(parameter.value) ? parameter.value : quoted(parameter.value));
  }
  if (!stops.empty()) text += fmt::format("stop = {}\n", list(stops));
  return text.empty() ? text : "\n[parameters]\n" + text;
}

bool is_key_letter(char c) { return std::isalnum(static_cast<unsigned char>(c)) || c == '_' || c == '-'; }

Result<void> check_plain(const std::string& file, const char* field, std::string_view value) {
  if (std::none_of(value.begin(), value.end(), is_control)) return {};
  return assistant_error(file, 0, fmt::format("{} holds a control character; it must be one line of text", field));
}

// The first line that is no comment, from its first word on.
std::string_view first_line(std::string_view text) {
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    std::string_view line = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    while (!line.empty() && (line.front() == ' ' || line.front() == '\t' || line.front() == '\r'))
      line.remove_prefix(1);
    if (!line.empty() && line.front() != '#') return line;
  }
  return {};
}

bool looks_like_toml(std::string_view text) {
  std::string_view line = first_line(text);
  if (line.starts_with('[') || line.starts_with('"') || line.starts_with('\'')) return true;
  while (!line.empty() && is_key_letter(line.front())) line.remove_prefix(1);
  if (line.starts_with('.')) return true;  // "a.b = 1"; in "FROM ./a.gguf" it comes after a blank
  while (!line.empty() && (line.front() == ' ' || line.front() == '\t')) line.remove_prefix(1);
  return line.starts_with('=');
}

}  // namespace

Unexpected assistant_error(const std::string& file, int line, std::string_view what) {
  return Unexpected(ErrorCode::kBadFile,
                    line > 0 ? fmt::format("{}:{}: {}", file, line, what) : fmt::format("{}: {}", file, what));
}

Result<void> settle_assistant(Assistant& assistant, const std::string& file) {
  if (assistant.base.empty()) {
    return assistant_error(file, 0,
                           "it names no base model; expected base = \"smollm2\" in TOML, or FROM smollm2 in a "
                           "Modelfile");
  }
  for (const auto& [field, value] : {std::pair("name", &assistant.name), std::pair("base", &assistant.base)}) {
    if (auto plain = check_plain(file, field, *value); !plain) return plain;
  }
  for (const std::string& adapter : assistant.adapters) {
    if (adapter.empty()) return assistant_error(file, 0, "an adapter is empty; expected a path");
    if (auto plain = check_plain(file, "an adapter", adapter); !plain) return plain;
  }
  for (const std::string& tool : assistant.tools) {
    if (auto plain = check_plain(file, "a tool", tool); !plain) return plain;
  }
  auto& parameters = assistant.parameters;
  for (auto at = parameters.begin(); at != parameters.end(); ++at) {
    if (!std::ranges::all_of(at->name, is_key_letter))
      return assistant_error(
          file, at->line,
          fmt::format("the name of a parameter is \"{}\"; such names have letters, digits, _ and -", at->name));
    const auto same = std::find_if(parameters.begin(), at, [&](const auto& other) { return other.name == at->name; });
    if (same == at || at->name == "stop") continue;
    return assistant_error(
        file, at->line,
        fmt::format("the parameter {} stands in line {} already; keep one of them", at->name, same->line));
  }
  std::stable_partition(parameters.begin(), parameters.end(),
                        [](const AssistantParameter& parameter) { return parameter.name != "stop"; });
  return {};
}

Result<ParsedAssistant> parse_assistant(std::string_view text, const std::string& file) {
  if (text.size() > kMaxAssistantBytes)
    return assistant_error(
        file, 0, fmt::format("it has {} bytes; an assistant's file has at most {}", text.size(), kMaxAssistantBytes));
  constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";
  if (text.starts_with(kByteOrderMark)) text.remove_prefix(kByteOrderMark.size());
  if (const std::size_t bad = text::find_invalid_utf8(text); bad < text.size()) {
    const auto line = 1 + std::count(text.begin(), text.begin() + static_cast<std::ptrdiff_t>(bad), '\n');
    return assistant_error(file, static_cast<int>(line), "a byte that is no UTF-8; save the file as UTF-8");
  }
  if (const std::size_t zero = text.find('\0'); zero != std::string_view::npos) {
    const auto line = 1 + std::ranges::count(text.substr(0, zero), '\n');
    return assistant_error(file, static_cast<int>(line), "a byte that is 0; such a file is plain text");
  }
  return looks_like_toml(text) ? parse_assistant_toml(text, file) : parse_modelfile(text, file);
}

std::string to_toml(const Assistant& assistant) {
  std::string text;
  const auto put = [&](const char* field, const std::string& value) {
    if (!value.empty()) text += fmt::format("{} = {}\n", field, quoted(value));
  };
  put("name", assistant.name);
  put("base", assistant.base);
  if (!assistant.adapters.empty()) text += fmt::format("adapters = {}\n", list(assistant.adapters));
  if (!assistant.tools.empty()) text += fmt::format("tools = {}\n", list(assistant.tools));
  put("greeting", assistant.greeting);
  put("system", assistant.system);
  put("template", assistant.chat_template);
  if (assistant.raw) text += "raw = true\n";
  if (assistant.licenses.size() == 1) put("license", assistant.licenses.front());
  if (assistant.licenses.size() > 1) text += fmt::format("license = {}\n", list(assistant.licenses));
  text += parameters_text(assistant.parameters);
  for (const AssistantMessage& message : assistant.messages) {
    text += fmt::format("\n[[messages]]\nrole = {}\ncontent = {}\n", quoted(message.role), quoted(message.content));
  }
  return text;
}

}  // namespace sotto::catalog
