#include "cli/show_assistant.h"

#include <fmt/format.h>
#include <unistd.h>

#include "cli/format.h"
#include "cli/json_out.h"
#include "cli/output.h"

namespace sotto::cli {

namespace {

using catalog::Assistant;

Exit print_part(const std::string& text) {
  Output out(STDOUT_FILENO);
  out.untrusted(text);
  out.end_line();
  return written(out);
}

Exit assistant_json(const catalog::KeptAssistant& kept) {
  const Assistant& assistant = kept.assistant;
  Json parameters = Json::object(), messages = Json::array();
  for (const auto& parameter : assistant.parameters) {
    if (parameter.name == "stop") {
      parameters["stop"].push_back(parameter.value);
    } else {
      parameters[parameter.name] = parameter.value;
    }
  }
  for (const auto& message : assistant.messages) {
    messages.push_back({{"role", message.role}, {"content", message.content}});
  }
  return print_json({{"name", assistant.name},
                     {"path", kept.path},
                     {"base", assistant.base},
                     {"adapters", assistant.adapters},
                     {"tools", assistant.tools},
                     {"greeting", assistant.greeting},
                     {"system", assistant.system},
                     {"template", assistant.chat_template},
                     {"raw", assistant.raw},
                     {"licenses", assistant.licenses},
                     {"parameters", std::move(parameters)},
                     {"messages", std::move(messages)}});
}

// A text of several lines under its name, set in.
std::string block(const char* name, const std::string& text) {
  if (text.empty()) return "";
  std::string shown = fmt::format("\n{}:\n  ", name);
  for (const char c : text) shown += c == '\n' ? std::string("\n  ") : std::string(1, c);
  return shown + "\n";
}

std::string assistant_text(const catalog::KeptAssistant& kept, const std::string& base_license) {
  const Assistant& assistant = kept.assistant;
  std::string licenses;
  for (const std::string& license : assistant.licenses) {
    licenses += (licenses.empty() ? "" : ", ") + license.substr(0, license.find('\n'));
  }
  std::vector<std::string> parameters;
  for (const auto& parameter : assistant.parameters) {
    parameters.push_back(fmt::format("{} {}", parameter.name, one_line(parameter.value)));
  }
  const auto dash = [](const std::string& text) { return text.empty() ? std::string("-") : one_line(text); };
  std::string text = format_table({
      {"name:", assistant.name},
      {"base:", assistant.base},
      {"file:", kept.path},
      {"adapters:", dash(fmt::format("{}", fmt::join(assistant.adapters, ", ")))},
      {"parameters:", dash(fmt::format("{}", fmt::join(parameters, ", ")))},
      {"template:", assistant.raw                     ? "none: texts are continued"
                    : assistant.chat_template.empty() ? "the model's"
                                                      : "its own (--template prints it)"},
      {"tools:", dash(fmt::format("{}", fmt::join(assistant.tools, ", ")))},
      {"licence:", dash(licenses)},
      {"licence of the base:", dash(base_license)},
  });
  text += block("greeting", assistant.greeting);
  text += block("system", assistant.system);
  for (const auto& message : assistant.messages) text += block(message.role.c_str(), message.content);
  return text;
}

// base: what is known of the model; needed unless the assistant has the part itself.
std::string assistant_part(const Assistant& assistant, const Result<catalog::ModelDetails>& base,
                           const std::string& part) {
  if (part == "template") return assistant.chat_template.empty() ? base->chat_template : assistant.chat_template;
  std::string text;
  if (part == "license") {
    for (const std::string& license : assistant.licenses) text += license + "\n";
    if (base && !base->license_text.empty()) text += fmt::format("{}: {}\n", assistant.base, base->license_text);
    return text;
  }
  std::vector<std::vector<std::string>> rows;
  for (const auto& [key, value] : base->metadata) rows.push_back({key, one_line(value)});
  return format_table(rows);
}

}  // namespace

Exit show_assistant(const catalog::Store& store, const catalog::KeptAssistant& kept, const std::string& part) {
  const Assistant& assistant = kept.assistant;
  if (part == "json") return assistant_json(kept);
  if (part == "file") {
    const Exit exit = print_part(to_toml(assistant));
    for (const std::string& adapter : assistant.adapters) {
      notice(fmt::format("the adapter {} is no part of this text; give it along", adapter));
    }
    return exit;
  }
  const auto base = store.show(assistant.base);
  if (part.empty()) return print_part(assistant_text(kept, base ? base->license_text : ""));
  const bool of_base = part != "license" && (part != "template" || assistant.chat_template.empty());
  if (of_base && !base) return fail(base.error());
  const std::string text = assistant_part(assistant, base, part);
  if (text.empty()) return fail(Exit::kFailure, fmt::format("{} has no {}", assistant.name, part));
  return print_part(text);
}

}  // namespace sotto::cli
