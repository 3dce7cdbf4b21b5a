#include "api/ollama/library.h"

#include <fmt/format.h>

#include <charconv>

#include "api/ollama/shapes.h"
#include "api/text_forms.h"
#include "catalog/assistants/assistant.h"
#include "catalog/describe.h"
#include "text/thought.h"
#include "text/tool_calls/format.h"

namespace sotto::api::ollama {
namespace {

using catalog::ModelDetails;
using catalog::StoredModel;

std::string time_of(std::int64_t unix_s) {
  return time_text(std::chrono::system_clock::time_point(std::chrono::seconds(unix_s)));
}

Json details_json(const StoredModel& model, const std::string& parameters) {
  return {{"parent_model", model.base},   {"format", "gguf"},
          {"family", model.architecture}, {"families", Json::array({model.architecture})},
          {"parameter_size", parameters}, {"quantization_level", model.quantization}};
}

// How many weights a model has. An assistant has those of its base.
std::string parameters_of(const catalog::Store& store, const std::string& name) {
  const auto details = store.show(name);
  return details ? short_count(details->n_params) : "";
}

Json model_json(const StoredModel& model, const std::string& parameters) {
  const std::string name = tagged(model.name);
  return {{"name", name},
          {"model", name},
          {"modified_at", time_of(model.modified_unix_s)},
          {"size", model.file_bytes},
          {"digest", model.sha256},
          {"details", details_json(model, parameters)}};
}

// Metadata as Ollama has it: a number is a number.
Json value_of_text(const std::string& text) {
  double number = 0;
  std::int64_t whole = 0;
  const char* begin = text.data();
  const char* end = begin + text.size();
  if (const auto [stop, error] = std::from_chars(begin, end, whole); error == std::errc() && stop == end) return whole;
  if (const auto [stop, error] = std::from_chars(begin, end, number); error == std::errc() && stop == end)
    return number;
  if (text == "true" || text == "false") return text == "true";
  return text;
}

Json model_info(const ModelDetails& details) {
  Json info = Json::object();
  for (const auto& [key, text] : details.metadata) {
    const bool is_text = key.starts_with("tokenizer.chat_template") || key.starts_with("general.name");
    if (key != "tokenizer.chat_template") info[key] = is_text ? Json(text) : value_of_text(text);
  }
  info["general.parameter_count"] = details.n_params;
  return info;
}

// Ollama's clients look for this word in a template to know whether a model takes a suffix; to Jinja it is a comment.
constexpr const char* kTakesSuffix = "{# .Suffix #}";

Json capabilities(const ModelDetails& details, const std::string& chat_template, bool inserts) {
  if (details.encoder) return Json::array({"embedding"});
  Json can = Json::array({"completion"});
  if (text::tool_calls::find_format(chat_template) != nullptr) can.push_back("tools");
  if (text::find_thought_marks(chat_template) != nullptr) can.push_back("thinking");
  if (inserts) can.push_back("insert");
  return can;
}

// "temperature 0.6", one a line.
std::string parameter_lines(const ModelDetails& details, const catalog::Assistant* assistant) {
  std::string lines;
  if (assistant != nullptr) {
    for (const auto& parameter : assistant->parameters) {
      const bool is_stop = parameter.name == "stop";
      lines += fmt::format("{}{} {}", lines.empty() ? "" : "\n", parameter.name,
                           is_stop ? dump(parameter.value) : parameter.value);
    }
  } else {
    for (const auto& [name, value] : details.sampling)
      lines += fmt::format("{}{} {}", lines.empty() ? "" : "\n", name, value);
  }
  return lines;
}

// An assistant's texts, where it has some.
void add_assistant_texts(const catalog::Assistant& assistant, Json& object) {
  if (!assistant.system.empty()) object["system"] = assistant.system;
  if (!assistant.licenses.empty()) object["license"] = fmt::format("{}", fmt::join(assistant.licenses, "\n"));
  for (const auto& message : assistant.messages)
    object["messages"].push_back({{"role", message.role}, {"content", message.content}});
}

}  // namespace

Outcome tags(Service& service, Call& call) {
  if (auto wrong = call.check()) return wrong;
  const catalog::Store store = service.store();
  const auto models = store.list();
  if (!models) return failure_of(models.error());
  Json list = Json::array();
  for (const StoredModel& model : *models) {
    if (model.problem.empty()) list.push_back(model_json(model, parameters_of(store, model.name)));
    else service.note(fmt::format("{}: {}", model.name, model.problem));
  }
  call.send({{"models", std::move(list)}});
  return std::nullopt;
}

Outcome ps(Service& service, Call& call) {
  if (auto wrong = call.check()) return wrong;
  const catalog::Store store = service.store();
  Json list = Json::array();
  for (const LoadedModel& loaded : service.models().list()) {
    const auto details = store.show(loaded.name);
    const StoredModel model = details ? details->model : StoredModel{.name = loaded.name};
    Json object = model_json(model, details ? short_count(details->n_params) : "");
    object.erase("modified_at");
    object["size"] = loaded.bytes;
    const bool forever = loaded.expires == std::chrono::system_clock::time_point::max();
    object["expires_at"] = forever ? "9999-12-31T23:59:59.000000000Z" : time_text(loaded.expires);
    object["size_vram"] = 0;
    object["context_length"] = loaded.ctx_tokens;
    list.push_back(std::move(object));
  }
  call.send({{"models", std::move(list)}});
  return std::nullopt;
}

Outcome show(Service& service, Call& call) {
  const std::string name = read_model(call.fields());
  call.fields().refuse("verbose", "tables of the vocabulary are not sent; leave it out");
  if (auto wrong = call.check()) return wrong;
  const auto clean = clean_name(name);
  if (!clean) return model_not_found(clean.error());
  const catalog::Store store = service.store();
  const auto details = store.show(*clean);
  if (!details) return model_not_found(details.error());
  const auto kept = store.assistant(*clean);
  if (!kept) return failure_of(kept.error());
  const catalog::Assistant* assistant = *kept ? &(*kept)->assistant : nullptr;
  const bool own_template = assistant != nullptr && !assistant->chat_template.empty();
  const std::string chat_template = own_template ? assistant->chat_template : details->chat_template;
  const auto recipe = find_recipe(store, *clean);
  const bool inserts = recipe && catalog::model_fills_gaps(recipe->engine.model_path);
  StoredModel model = details->model;
  if (assistant != nullptr) model.base = assistant->base;
  catalog::Assistant file = assistant != nullptr ? *assistant : catalog::Assistant{.base = model.name};
  Json object = {{"license", details->license_text},
                 {"modelfile", catalog::to_toml(file)},
                 {"parameters", parameter_lines(*details, assistant)},
                 {"template", inserts ? chat_template + kTakesSuffix : chat_template},
                 {"details", details_json(model, short_count(details->n_params))},
                 {"model_info", model_info(*details)},
                 {"capabilities", capabilities(*details, chat_template, inserts)},
                 {"modified_at", time_of(*kept ? (*kept)->modified_unix_s : model.modified_unix_s)}};
  if (assistant != nullptr) add_assistant_texts(*assistant, object);
  call.send(object);
  return std::nullopt;
}

}  // namespace sotto::api::ollama
