// `sotto list | show | ps`: the models on disk and those that run.
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <ctime>
#include <memory>
#include <set>

#include "catalog/catalog.h"
#include "catalog/machine.h"
#include "catalog/paths.h"
#include "catalog/running.h"
#include "catalog/store.h"
#include "cli/commands.h"
#include "cli/entry_text.h"
#include "cli/format.h"
#include "cli/json_out.h"
#include "cli/output.h"
#include "cli/show_assistant.h"

namespace sotto::cli {

namespace {

using catalog::Store;
using catalog::StoredModel;
using Rows = std::vector<std::vector<std::string>>;

Exit print_text(const std::string& text) {
  Output out(STDOUT_FILENO);
  out.untrusted(text);
  out.end_line();
  return written(out);
}

// Calls `body(store, paths)` with the models folder of this account.
template <class Body>
Exit with_store(Body body) {
  const Result<catalog::Paths> paths = catalog::find_paths();
  if (!paths) return fail(paths.error());
  return body(Store(paths->models), *paths);
}

std::int64_t now_unix_s() { return static_cast<std::int64_t>(std::time(nullptr)); }

std::string dash(const std::string& text) { return text.empty() ? "-" : text; }

Json to_json(const StoredModel& model) {
  Json object = {{"name", model.name},
                 {"path", model.path},
                 {"bytes", model.file_bytes},
                 {"modified_unix_s", model.modified_unix_s},
                 {"architecture", model.architecture},
                 {"quantization", model.quantization},
                 {"license", model.license},
                 {"sha256", model.sha256},
                 {"source", model.source}};
  if (!model.base.empty()) object["base"] = model.base;
  if (!model.problem.empty()) object["problem"] = model.problem;
  return object;
}

struct ListOptions {
  bool json = false;
  bool all = false;
};

// The models of the catalog that are not on this disk.
std::vector<catalog::Entry> not_here(const std::vector<StoredModel>& models) {
  std::set<std::string> names;
  for (const StoredModel& model : models) names.insert(model.name);
  std::vector<catalog::Entry> missing;
  for (const catalog::Entry& entry : catalog::Catalog::builtin().entries()) {
    if (!names.contains(entry.name)) missing.push_back(entry);
  }
  return missing;
}

std::string list_text(const std::vector<StoredModel>& models, const std::vector<catalog::Entry>& missing) {
  Rows rows = {{"NAME", "SIZE", "ARCHITECTURE", "QUANTIZATION", "LICENCE", "CHANGED"}};
  for (const StoredModel& model : models) {
    const std::string kind = model.base.empty() ? dash(model.architecture) : "of " + one_line(model.base);
    rows.push_back({model.name, format_bytes(model.file_bytes), kind, dash(model.quantization), dash(model.license),
                    model.problem.empty() ? format_ago(now_unix_s() - model.modified_unix_s) : "damaged"});
  }
  for (const catalog::Entry& entry : missing) {
    rows.push_back({entry.name, (entry.bytes_exact ? "" : "~") + format_bytes(entry.bytes), entry.architecture,
                    entry.quantization, entry.license,
                    entry.runs_here() ? "not pulled" : "not pulled; cannot run yet"});
  }
  return format_table(rows);
}

Exit list(const ListOptions& options) {
  return with_store([&](const Store& store, const catalog::Paths&) {
    const Result<std::vector<StoredModel>> models = store.list();
    if (!models) return fail(models.error());
    const auto missing = options.all ? not_here(*models) : std::vector<catalog::Entry>();
    if (options.json) {
      Json object = {{"models", Json::array()}};
      for (const StoredModel& model : *models) object["models"].push_back(to_json(model));
      for (const catalog::Entry& entry : missing) object["available"].push_back(entry_json(entry));
      return print_json(object);
    }
    if (models->empty() && missing.empty()) {
      notice(fmt::format("no models in {}; sotto list --all shows what can be pulled", store.folder()));
      return Exit::kOk;
    }
    const Exit exit = print_text(list_text(*models, missing));
    for (const StoredModel& model : *models) {
      if (!model.problem.empty()) notice(fmt::format("{}: {}", model.name, model.problem));
    }
    return exit;
  });
}

struct ShowOptions {
  std::string model;
  bool json = false;
  std::string part;  // "", "template", "license", "metadata" or "file"
};

Exit show_json(const catalog::ModelDetails& details) {
  Json object = to_json(details.model);
  object["title"] = details.title;
  object["parameters"] = details.n_params;
  object["tensors"] = details.n_tensors;
  object["ctx_tokens"] = details.ctx_tokens;
  object["encoder"] = details.encoder;
  object["chat_template"] = details.chat_template;
  object["license_text"] = details.license_text;
  object["sampling"] = Json::object();
  for (const auto& [name, value] : details.sampling) object["sampling"][name] = value;
  Json metadata = Json::object();
  for (const auto& [key, value] : details.metadata) metadata[key] = value;
  object["metadata"] = std::move(metadata);
  return print_json(object);
}

// "temperature 0.6, top-k 20 (recommended by the model's makers)"
std::string sampling_text(const catalog::ModelDetails& details) {
  std::string text;
  for (auto [name, value] : details.sampling) {
    std::replace(name.begin(), name.end(), '_', '-');
    text += fmt::format("{}{} {}", text.empty() ? "" : ", ", name, value);
  }
  return text + " (recommended by the model's makers)";
}

std::string show_text(const catalog::ModelDetails& details) {
  const StoredModel& model = details.model;
  Rows rows{
      {"name:", model.name},
      {"title:", dash(details.title)},
      {"file:", model.path},
      {"size:", format_bytes(model.file_bytes)},
      {"architecture:", model.architecture},
      {"parameters:", format_count(details.n_params)},
      {"quantization:", model.quantization},
      {"tensors:", fmt::format("{}", details.n_tensors)},
      {"context:", details.ctx_tokens == 0 ? "-" : fmt::format("trained for {} tokens", details.ctx_tokens)},
      {"chat template:", details.encoder                 ? kEncoderText
                         : details.chat_template.empty() ? kContinuesText
                                                         : "yes (--template prints it)"},
  };
  if (!details.sampling.empty()) rows.push_back({"sampling:", sampling_text(details)});
  rows.push_back({"licence:", dash(model.license)});
  rows.push_back({"sha256:", dash(model.sha256)});
  rows.push_back({"source:", dash(model.source)});
  return format_table(rows);
}

// What the catalog says of a model that is not on the disk; scripts still learn that it is not.
Exit show_entry(const catalog::Entry& entry, const catalog::Paths& paths, bool json) {
  const auto fit = catalog::check_fit(entry, paths.models, catalog::measure_machine());
  if (!fit) return fail(fit.error());
  const Exit exit = json ? print_json(entry_json(entry, *fit)) : print_text(entry_text(entry, *fit));
  if (exit != Exit::kOk) return exit;
  return fail(Exit::kNotFound, fmt::format("{0} is not here yet: sotto pull {0}", entry.name));
}

std::string part_text(const catalog::ModelDetails& details, const std::string& part) {
  if (part == "file") return catalog::to_toml({.base = details.model.name});
  if (part == "template") return details.chat_template;
  if (part == "license") return details.license_text;
  Rows rows;
  for (const auto& [key, value] : details.metadata) rows.push_back({key, one_line(value)});
  return format_table(rows);
}

Exit show(const ShowOptions& options) {
  return with_store([&](const Store& store, const catalog::Paths& paths) {
    const auto assistant = store.assistant(options.model);
    if (!assistant) return fail(assistant.error());
    if (*assistant) return show_assistant(store, **assistant, options.json ? "json" : options.part);
    const Result<catalog::ModelDetails> details = store.show(options.model);
    if (!details && details.error().code == ErrorCode::kNotFound && options.part.empty()) {
      const auto entry = catalog::Catalog::builtin().find(options.model);
      if (entry) return show_entry(**entry, paths, options.json);
    }
    if (!details) return fail(details.error());
    if (options.json) return show_json(*details);
    if (options.part.empty()) return print_text(show_text(*details));
    const std::string text = part_text(*details, options.part);
    if (text.empty()) return fail(Exit::kFailure, fmt::format("the file of {} has no {}", options.model, options.part));
    return print_text(text);
  });
}

Exit ps(bool json) {
  return with_store([&](const Store&, const catalog::Paths& paths) {
    const Result<std::vector<catalog::RunningModel>> running = catalog::list_running(paths.running);
    if (!running) return fail(running.error());
    Rows rows = {{"NAME", "PROCESS", "MEMORY", "CONTEXT", "SINCE"}};
    Json array = Json::array();
    for (const catalog::RunningModel& model : *running) {
      rows.push_back({model.name, fmt::format("{}", model.pid), format_bytes(model.memory_bytes),
                      fmt::format("{}", model.ctx_tokens), format_ago(now_unix_s() - model.since_unix_s)});
      array.push_back({{"name", model.name},
                       {"path", model.path},
                       {"pid", model.pid},
                       {"memory_bytes", model.memory_bytes},
                       {"ctx_tokens", model.ctx_tokens},
                       {"since_unix_s", model.since_unix_s}});
    }
    if (json) return print_json({{"models", std::move(array)}});
    return print_text(format_table(rows));
  });
}

void add_list_command(CLI::App& app, Action& action) {
  CLI::App* command = app.add_subcommand("list", "The models on this machine");
  const auto options = std::make_shared<ListOptions>();
  command->add_flag("--all", options->all, "also those that can be pulled");
  command->add_flag("--json", options->json, "print JSON");
  command->callback([&action, options] { action = [options] { return list(*options); }; });
}

void add_show_command(CLI::App& app, Action& action) {
  CLI::App* command = app.add_subcommand("show", "What is known about a model");
  const auto options = std::make_shared<ShowOptions>();
  command->add_option("MODEL", options->model, "the name of a model or assistant, or the path of a GGUF file")
      ->required();
  std::vector<CLI::Option*> forms = {command->add_flag("--json", options->json, "print JSON")};
  for (const char* part : {"template", "license", "metadata", "file"}) {
    const std::string what = part == std::string_view("file") ? "assistant.toml, to share or to begin one with" : part;
    CLI::Option* flag = command->add_flag_callback(
        std::string("--") + part, [options, part] { options->part = part; }, "print the model's " + what);
    for (CLI::Option* other : forms) flag->excludes(other);
    forms.push_back(flag);
  }
  command->callback([&action, options] { action = [options] { return show(*options); }; });
}

void add_ps_command(CLI::App& app, Action& action) {
  CLI::App* command = app.add_subcommand("ps", "The models that run now");
  const auto json = std::make_shared<bool>(false);
  command->add_flag("--json", *json, "print JSON");
  command->callback([&action, json] { action = [json] { return ps(*json); }; });
}

}  // namespace

void add_model_commands(CLI::App& app, Action& action) {
  add_list_command(app, action);
  add_show_command(app, action);
  add_ps_command(app, action);
}

}  // namespace sotto::cli
