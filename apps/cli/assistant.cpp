#include "cli/assistant.h"

#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>

namespace sotto::cli {

namespace {

namespace fs = std::filesystem;
using catalog::Assistant;
using catalog::assistant_error;

Result<std::string> read_text(const std::string& path) {
  std::error_code ignored;
  std::ifstream in(path, std::ios::binary);
  if (!in || fs::is_directory(path, ignored)) {
    const int reason = in ? EISDIR : errno;
    return Unexpected(reason == ENOENT ? ErrorCode::kNotFound : ErrorCode::kIo,
                      fmt::format("{}: {}; expected an assistant's file", path, std::strerror(reason)));
  }
  std::string text(catalog::kMaxAssistantBytes + 1, '\0');
  in.read(text.data(), static_cast<std::streamsize>(text.size()));
  text.resize(static_cast<std::size_t>(in.gcount()));
  return text;
}

std::string parameter_names() {
  std::string names;
  for (const Parameter& parameter : parameters()) names += std::string(parameter.name) + ", ";
  return names + "stop";
}

// Sets it, and gives it its own name and spelling.
Result<void> settle_parameter(catalog::AssistantParameter& parameter, const std::string& file, Settings& settings) {
  if (parameter.name == "stop") {
    settings.stop.push_back(parameter.value);
    return {};
  }
  const Parameter* found = find_parameter(parameter.name);
  if (found == nullptr) {
    return assistant_error(
        file, parameter.line,
        fmt::format("there is no parameter \"{}\"; there are {}", parameter.name, parameter_names()));
  }
  if (auto set = set_parameter(settings, *found, parameter.value); !set)
    return assistant_error(file, parameter.line, set.error().message);
  parameter.name = found->name;
  parameter.value = found->show(settings);
  return {};
}

std::string absolute_path(const fs::path& folder, const std::string& path) {
  std::error_code ignored;
  return fs::absolute(folder / path, ignored).lexically_normal().string();
}

Result<void> find_adapters(const fs::path& folder, const std::string& file, Assistant& assistant) {
  for (std::string& text : assistant.adapters) {
    auto adapter = parse_adapter(text);
    if (!adapter) return assistant_error(file, 0, adapter.error().message);
    adapter->path = absolute_path(folder, adapter->path);
    std::error_code ignored;
    if (!fs::exists(adapter->path, ignored)) {
      return Unexpected(
          ErrorCode::kNotFound,
          fmt::format("{}: the adapter {} does not exist; it has to come along with this file", file, adapter->path));
    }
    text = describe_adapter(*adapter);
  }
  return {};
}

}  // namespace

Result<catalog::ParsedAssistant> read_assistant_file(const std::string& path) {
  auto text = read_text(path);
  if (!text) return forward_error(text);
  auto parsed = catalog::parse_assistant(*text, path);
  if (!parsed) return parsed;
  Assistant& assistant = parsed->assistant;
  const fs::path folder = fs::path(path).parent_path();
  std::error_code ignored;
  const bool is_file = assistant.base.ends_with(".gguf") && fs::exists(folder / assistant.base, ignored);
  if (is_file || assistant.base.find('/') != std::string::npos) assistant.base = absolute_path(folder, assistant.base);
  if (auto found = find_adapters(folder, path, assistant); !found) return forward_error(found);
  Settings ignored_settings;
  for (catalog::AssistantParameter& parameter : assistant.parameters) {
    if (auto settled = settle_parameter(parameter, path, ignored_settings); !settled) return forward_error(settled);
  }
  // Two spellings of one parameter are one.
  if (auto settled = catalog::settle_assistant(assistant, path); !settled) return forward_error(settled);
  if (!assistant.tools.empty()) {
    parsed->notes.push_back(path + ": the tools are kept, but this version calls none");
  }
  return parsed;
}

Result<void> apply_assistant(const Assistant& assistant, const std::set<std::string>& given, Settings& settings) {
  const auto free = [&](const char* flag) { return !given.contains(flag); };
  if (free("stop")) settings.stop.clear();
  for (catalog::AssistantParameter parameter : assistant.parameters) {
    std::string flag = parameter.name;
    std::replace(flag.begin(), flag.end(), '_', '-');
    if (!free(flag.c_str())) continue;
    if (auto set = settle_parameter(parameter, assistant.name, settings); !set) return set;
  }
  if (free("system")) settings.system = assistant.system;
  if (free("raw")) settings.raw = assistant.raw;
  settings.chat_template = assistant.chat_template;
  settings.greeting = assistant.greeting;
  settings.examples.clear();
  for (const catalog::AssistantMessage& message : assistant.messages) {
    const Role role = message.role == "system" ? Role::kSystem
                      : message.role == "user" ? Role::kUser
                                               : Role::kAssistant;
    settings.examples.push_back({role, message.content});
  }
  // Those of the command line come on top.
  std::vector<AdapterOption> adapters;
  for (const std::string& text : assistant.adapters) {
    auto adapter = parse_adapter(text);
    if (!adapter) return forward_error(adapter);
    adapters.push_back(std::move(*adapter));
  }
  if (!free("adapter")) adapters.insert(adapters.end(), settings.adapters.begin(), settings.adapters.end());
  settings.adapters = std::move(adapters);
  return {};
}

Result<std::string> take_assistant(const catalog::Store& store, std::string& model, const std::set<std::string>& given,
                                   Settings& settings) {
  auto kept = store.assistant(model);
  if (!kept) return forward_error(kept);
  if (!*kept) return std::string();
  const Assistant& assistant = (*kept)->assistant;
  if (auto applied = apply_assistant(assistant, given, settings); !applied) return forward_error(applied);
  model = assistant.base;
  return assistant.name;
}

}  // namespace sotto::cli
