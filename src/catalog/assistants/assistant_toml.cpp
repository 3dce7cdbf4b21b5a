// Reads an assistant's TOML. The only file that includes the TOML library.
#define TOML_EXCEPTIONS 0
#define TOML_ENABLE_FORMATTERS 0
#include <toml++/toml.h>

#include <algorithm>
#include <map>

#include <fmt/format.h>

#include "catalog/assistants/assistant.h"

namespace sotto::catalog {
namespace {

constexpr std::string_view kFields =
    "name, base, adapters, tools, greeting, system, template, raw, license, [parameters] and [[messages]]";

int line_of(const toml::node& node) { return static_cast<int>(node.source().begin.line); }

class TomlReader {
 public:
  explicit TomlReader(const std::string& file) : file_(file) {}

  Result<ParsedAssistant> read(const toml::table& table);

 private:
  Result<void> take(std::string_view field, const toml::node& node);
  Result<void> take_text(std::string_view field, const toml::node& node, std::string& target);
  Result<void> take_texts(std::string_view field, const toml::node& node, std::vector<std::string>& target);
  Result<void> take_parameters(const toml::node& node);
  Result<void> take_parameter(const std::string& name, const toml::node& node);
  Result<void> take_messages(const toml::node& node);
  Result<void> take_message(const toml::node& node);
  Unexpected wrong(const toml::node& node, std::string_view field, std::string_view expected) const {
    return assistant_error(file_, line_of(node), fmt::format("{} is {}; expected {}", field, kind(node), expected));
  }
  static std::string kind(const toml::node& node);

  const std::string& file_;
  Assistant assistant_;
};

std::string TomlReader::kind(const toml::node& node) {
  switch (node.type()) {
    case toml::node_type::table: return "a table";
    case toml::node_type::array: return "a list";
    case toml::node_type::string: return "a text";
    case toml::node_type::boolean: return "true or false";
    case toml::node_type::integer:
    case toml::node_type::floating_point: return "a number";
    default: return "a date or time";
  }
}

Result<void> TomlReader::take_text(std::string_view field, const toml::node& node, std::string& target) {
  const auto* text = node.as_string();
  if (text == nullptr) return wrong(node, field, "a text in quotes");
  target = text->get();
  return {};
}

Result<void> TomlReader::take_texts(std::string_view field, const toml::node& node, std::vector<std::string>& target) {
  if (const auto* text = node.as_string()) {
    if (!text->get().empty()) target.push_back(text->get());
    return {};
  }
  const auto* array = node.as_array();
  if (array == nullptr) return wrong(node, field, "a text in quotes, or a list of them");
  for (const toml::node& item : *array) {
    const auto* text = item.as_string();
    if (text == nullptr) return wrong(item, fmt::format("an item of {}", field), "a text in quotes");
    if (!text->get().empty()) target.push_back(text->get());
  }
  return {};
}

Result<void> TomlReader::take_parameter(const std::string& name, const toml::node& node) {
  std::string value;
  if (const auto* text = node.as_string()) {
    value = text->get();
  } else if (const auto* whole = node.as_integer()) {
    value = fmt::format("{}", whole->get());
  } else if (const auto* real = node.as_floating_point()) {
    value = fmt::format("{}", real->get());
  } else if (const auto* flag = node.as_boolean()) {
    value = flag->get() ? "on" : "off";
  } else {
    return wrong(node, "the parameter " + name, "a number, a text, true or false");
  }
  assistant_.parameters.push_back({name, std::move(value), line_of(node)});
  return {};
}

Result<void> TomlReader::take_parameters(const toml::node& node) {
  const auto* table = node.as_table();
  if (table == nullptr)
    return wrong(node, "parameters", "a table: [parameters], then NAME = VALUE in lines of their own");
  for (const auto& [key, value] : *table) {
    const std::string name(key.str());
    if (name == "stop" && value.is_array()) {
      std::vector<std::string> stops;
      if (auto taken = take_texts(name, value, stops); !taken) return taken;
      for (std::string& stop : stops) assistant_.parameters.push_back({name, std::move(stop), line_of(value)});
    } else if (auto taken = take_parameter(name, value); !taken) {
      return taken;
    }
  }
  // The library sorts by name; a person wrote another order.
  std::stable_sort(assistant_.parameters.begin(), assistant_.parameters.end(),
                   [](const auto& a, const auto& b) { return a.line < b.line; });
  return {};
}

Result<void> TomlReader::take_message(const toml::node& node) {
  const auto* table = node.as_table();
  if (table == nullptr) return wrong(node, "an item of messages", "a table with role and content");
  AssistantMessage message;
  for (const auto& [key, value] : *table) {
    if (key.str() != "role" && key.str() != "content")
      return assistant_error(file_, line_of(value),
                             fmt::format("messages have no field \"{}\", but role and content", key.str()));
    auto taken = take_text(key.str(), value, key.str() == "role" ? message.role : message.content);
    if (!taken) return taken;
  }
  if (message.role != "system" && message.role != "user" && message.role != "assistant")
    return assistant_error(
        file_, line_of(node),
        fmt::format("found the role \"{}\" of a message, expected system, user or assistant", message.role));
  if (message.content.empty()) return assistant_error(file_, line_of(node), "a message has no content");
  assistant_.messages.push_back(std::move(message));
  return {};
}

Result<void> TomlReader::take_messages(const toml::node& node) {
  const auto* array = node.as_array();
  if (array == nullptr) return wrong(node, "messages", "[[messages]] tables with role and content");
  for (const toml::node& item : *array) {
    if (auto taken = take_message(item); !taken) return taken;
  }
  return {};
}

Result<void> TomlReader::take(std::string_view field, const toml::node& node) {
  const std::pair<std::string_view, std::string*> texts[] = {{"name", &assistant_.name},
                                                             {"base", &assistant_.base},
                                                             {"greeting", &assistant_.greeting},
                                                             {"system", &assistant_.system},
                                                             {"template", &assistant_.chat_template}};
  for (const auto& [name, target] : texts) {
    if (name == field) return take_text(field, node, *target);
  }
  if (field == "adapters" || field == "adapter") return take_texts(field, node, assistant_.adapters);
  if (field == "tools") return take_texts(field, node, assistant_.tools);
  if (field == "license") return take_texts(field, node, assistant_.licenses);
  if (field == "parameters") return take_parameters(node);
  if (field == "messages") return take_messages(node);
  if (field != "raw")
    return assistant_error(file_, line_of(node), fmt::format("there is no field \"{}\"; there are {}", field, kFields));
  const auto* flag = node.as_boolean();
  if (flag == nullptr) return wrong(node, field, "true or false");
  assistant_.raw = flag->get();
  return {};
}

Result<ParsedAssistant> TomlReader::read(const toml::table& table) {
  for (const auto& [key, node] : table) {
    if (auto taken = take(key.str(), node); !taken) return forward_error(taken);
  }
  if (auto settled = settle_assistant(assistant_, file_); !settled) return forward_error(settled);
  return ParsedAssistant{std::move(assistant_), {}};
}

}  // namespace

Result<ParsedAssistant> parse_assistant_toml(std::string_view text, const std::string& file) {
  const toml::parse_result parsed = toml::parse(text, file);
  if (!parsed) {
    return assistant_error(file, static_cast<int>(parsed.error().source().begin.line),
                           fmt::format("this is no TOML: {}", parsed.error().description()));
  }
  return TomlReader(file).read(parsed.table());
}

}  // namespace sotto::catalog
