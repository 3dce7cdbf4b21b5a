#include "api/recipe.h"

#include <fmt/format.h>

#include <charconv>
#include <cmath>

#include "catalog/describe.h"
#include "catalog/names.h"

namespace sotto::api {
namespace {

Role role_of(std::string_view word) {
  return word == "system" ? Role::kSystem : word == "assistant" ? Role::kAssistant : Role::kUser;
}

Result<void> add_assistant(const catalog::Assistant& assistant, Recipe& recipe) {
  std::vector<std::pair<std::string, std::string>> parameters;
  for (const catalog::AssistantParameter& parameter : assistant.parameters) {
    parameters.emplace_back(parameter.name, parameter.value);
    if (parameter.name == "kv" && parameter.value == "f16") recipe.engine.kv = KvType::kF16;
  }
  auto options = options_of_parameters(parameters, assistant.name);
  if (!options) return forward_error(options);
  recipe.options = std::move(*options);
  for (const std::string& text : assistant.adapters) {
    auto adapter = parse_adapter(text);
    if (!adapter) return forward_error(adapter);
    recipe.engine.adapters.push_back(std::move(*adapter));
  }
  for (const catalog::AssistantMessage& message : assistant.messages)
    recipe.examples.push_back({role_of(message.role), message.content});
  recipe.name = assistant.name;
  recipe.system = assistant.system;
  recipe.raw = assistant.raw;
  recipe.engine.chat_template = assistant.chat_template;
  return {};
}

}  // namespace

std::string Recipe::engine_key() const {
  std::string key = engine.model_path;
  key += engine.kv == KvType::kF16 ? "\nf16" : "\nint8";
  for (const AdapterOption& adapter : engine.adapters) key += fmt::format("\n{}={}", adapter.path, adapter.scale);
  return key + "\n\n" + engine.chat_template;
}

Result<std::string> clean_name(std::string_view name) {
  // A name that ends like a file would be looked for among the files of the current folder.
  constexpr std::string_view kEnding = ".gguf";
  while (name.ends_with(kEnding)) name.remove_suffix(kEnding.size());
  return catalog::normalize_name(name);
}

Result<AdapterOption> parse_adapter(std::string_view text) {
  AdapterOption adapter{std::string(text), 1};
  const std::size_t equals = text.rfind('=');
  if (equals == std::string_view::npos) return adapter;
  const std::string_view number = text.substr(equals + 1);
  float scale = 0;
  const auto [end, error] = std::from_chars(number.data(), number.data() + number.size(), scale);
  if (error == std::errc() && end == number.data() + number.size() && std::isfinite(scale))
    adapter = {std::string(text.substr(0, equals)), scale};
  return adapter;
}

Result<Recipe> find_recipe(const catalog::Store& store, std::string_view name) {
  auto clean = clean_name(name);
  if (!clean) return forward_error(clean);
  auto path = store.locate(*clean);
  if (!path) return forward_error(path);
  Recipe recipe;
  recipe.engine.model_path = *path;
  recipe.name = catalog::describe_file(*path).name;
  auto kept = store.assistant(*clean);
  if (!kept) return forward_error(kept);
  if (!*kept) return recipe;
  if (auto added = add_assistant((*kept)->assistant, recipe); !added) return forward_error(added);
  return recipe;
}

}  // namespace sotto::api
