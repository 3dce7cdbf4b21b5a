#include "catalog/store.h"

#include <algorithm>
#include <filesystem>

#include <fmt/format.h>

#include "catalog/catalog.h"
#include "catalog/describe.h"
#include "catalog/files.h"
#include "catalog/names.h"
#include "catalog/workspace.h"
#include "gguf/split.h"
#include "text/utf8.h"

namespace sotto::catalog {
namespace {

namespace fs = std::filesystem;

// The folder's GGUF files, described without opening them; of a split model the first part. No folder: none.
Result<std::vector<StoredModel>> files_in(const std::string& folder) {
  std::vector<StoredModel> models;
  std::error_code failure;
  fs::directory_iterator item(folder, failure);
  if (failure == std::errc::no_such_file_or_directory) return models;
  for (; !failure && item != fs::directory_iterator(); item.increment(failure)) {
    std::string name = item->path().filename().string();
    std::error_code ignored;
    if (!is_safe_file_name(name) || !item->is_regular_file(ignored)) continue;
    if (const auto split = gguf::read_split_name(name); split && split->part > 1) continue;
    models.push_back(describe_file(folder + "/" + name));
  }
  if (failure) {
    errno = failure.value();
    return Unexpected(system_error("cannot list the models", folder));
  }
  std::ranges::sort(models, {}, &StoredModel::name);
  return models;
}

bool is_path(std::string_view text) {
  return text.find('/') != std::string_view::npos || (text.ends_with(".gguf") && file_size(std::string(text)) >= 0);
}

// At most so much of a licence's text stands in a list.
std::string first_line_of(const std::string& text) {
  constexpr std::size_t kMostBytes = 40;
  const std::string line = text.substr(0, std::min(text.find('\n'), text.size()));
  if (line.size() <= kMostBytes) return line;
  return text::replace_invalid_utf8(line.substr(0, kMostBytes)) + "…";
}

// That an assistant's base is a model that is here, or that can be pulled.
Result<void> assistant_base(const Store& store, const std::string& base) {
  if (auto kept = store.assistant(base); !is_path(base) && kept && *kept) {
    return Unexpected(
        ErrorCode::kBadRequest,
        fmt::format("{} is an assistant itself, of {}; name that model as the base", base, (*kept)->assistant.base));
  }
  auto path = store.locate(base);
  if (path || (!is_path(base) && Catalog::builtin().find(base))) return {};
  path.error().message = fmt::format("the base {}: {}", base, path.error().message);
  return forward_error(path);
}

// The canonical spelling where the catalog knows the name, otherwise the normalized one.
Result<std::string> canonical_name(std::string_view name) {
  auto entry = Catalog::builtin().find(name);
  if (entry) return (*entry)->name;
  return normalize_name(model_stem(name));
}

std::string missing_message(std::string_view name, const std::vector<StoredModel>& models) {
  auto entry = Catalog::builtin().find(name);
  if (entry) {
    return fmt::format("\"{0}\" is not on this machine yet; get it with: sotto pull {0}", (*entry)->name);
  }
  std::vector<std::string> names;
  for (const StoredModel& model : models) names.push_back(model.name);
  auto near = nearest_names(name, names, 3);
  if (near.empty()) return entry.error().message;
  return fmt::format("no model is called \"{}\"; on this machine there is {}", name, fmt::join(near, ", "));
}

StoredModel describe_assistant(const KeptAssistant& kept) {
  StoredModel model;
  model.name = kept.assistant.name;
  model.path = kept.path;
  model.file_bytes = kept.file_bytes;
  model.modified_unix_s = kept.modified_unix_s;
  model.base = kept.assistant.base;
  model.problem = kept.problem;
  if (!kept.assistant.licenses.empty()) model.license = first_line_of(kept.assistant.licenses.front());
  return model;
}

// For a word that is no model's name but looks like a file, or is one.
Error with_file_hint(const Error& error, const std::string& name) {
  if (file_size(name) >= 0) {
    return {ErrorCode::kNotFound,
            fmt::format("no model is called \"{0}\", but there is a file of that name; for a path write ./{0}", name)};
  }
  if (error.code != ErrorCode::kNotFound || !name.ends_with(".gguf")) return error;
  return {error.code, "there is no file of that name here, and " + error.message};
}

std::string why_no_file(const std::string& path) {
  std::error_code ignored;
  if (fs::is_directory(path, ignored))
    return "is a folder; one that a model is published as becomes a model by: sotto import";
  return fs::exists(path, ignored) ? "is no file that can be mapped into memory" : "there is no such file";
}

}  // namespace

Store::Store(std::string models_folder) : folder_(std::move(models_folder)) {}

Result<std::vector<StoredModel>> Store::list() const {
  auto models = files_in(folder_);
  auto assistants = list_assistants(folder_);
  if (!models) return models;
  if (!assistants) return forward_error(assistants);
  for (StoredModel& model : *models) {
    auto described = describe_model(model.path);
    if (described) {
      model = std::move(*described);
    } else {
      model.problem = described.error().message;
    }
  }
  for (const KeptAssistant& kept : *assistants) models->push_back(describe_assistant(kept));
  std::ranges::stable_sort(*models, {}, &StoredModel::name);
  return models;
}

Result<std::string> Store::locate(std::string_view name_or_path) const {
  if (is_path(name_or_path)) {
    std::string path(name_or_path);
    if (file_size(path) >= 0) return path;
    return Unexpected(ErrorCode::kNotFound, fmt::format("{}: {}", path, why_no_file(path)));
  }
  auto path = locate_name(name_or_path);
  if (path || Catalog::builtin().find(name_or_path)) return path;
  return Unexpected(with_file_hint(path.error(), std::string(name_or_path)));
}

Result<std::string> Store::locate_name(std::string_view name) const {
  auto path = locate_model(name);
  if (path || path.error().code != ErrorCode::kNotFound) return path;
  auto kept = assistant(name);
  if (!kept) return forward_error(kept);
  if (!*kept) return path;
  const std::string& base = (*kept)->assistant.base;
  auto of_base = is_path(base) ? locate(base) : locate_model(base);
  if (!of_base)
    of_base.error().message = fmt::format("{} is an assistant of {}: {}", name, base, of_base.error().message);
  return of_base;
}

Result<std::string> Store::locate_model(std::string_view name) const {
  auto wanted = canonical_name(name);
  if (!wanted) return wanted;
  auto models = files_in(folder_);
  if (!models) return forward_error(models);
  // A name that the user gave a model goes before the catalog's reading of that name.
  for (const std::string& spelling : {to_lower(name), *wanted}) {
    for (const StoredModel& model : *models) {
      std::string file = to_lower(base_name(model.path));
      if (to_lower(model.name) == spelling || file == spelling || file == spelling + ".gguf") return model.path;
    }
  }
  return Unexpected(ErrorCode::kNotFound, missing_message(name, *models));
}

Result<StoredModel> Store::resolve(std::string_view name_or_path) const {
  auto path = locate(name_or_path);
  if (!path) return forward_error(path);
  return describe_model(*path);
}

Result<ModelDetails> Store::show(std::string_view name_or_path) const {
  auto path = locate(name_or_path);
  if (!path) return forward_error(path);
  return describe_details(*path);
}

namespace {

// A file and what lies beside it; false when it could not be deleted.
bool remove_file(const std::string& path, Removed& removed) {
  std::error_code ignored;
  const bool shared = !fs::is_symlink(path, ignored) && fs::hard_link_count(path, ignored) > 1;
  removed.freed_bytes += delete_file(path + ".json");
  (shared ? removed.shared_bytes : removed.freed_bytes) += delete_file(path);
  return file_size(path) < 0;
}

}  // namespace

Result<std::optional<KeptAssistant>> Store::assistant(std::string_view name) const {
  return find_assistant(folder_, name);
}

Result<KeptAssistant> Store::keep(const Assistant& assistant, bool replace) const {
  const std::string& name = assistant.name;
  if (Catalog::builtin().find(name)) {
    return Unexpected(ErrorCode::kBadRequest,
                      fmt::format("{} is the name of a model of the catalog; choose another one", name));
  }
  if (auto model = locate_model(name); model) return Unexpected(check_free(name).error());
  const auto there = list_assistants(folder_);
  if (!there) return Unexpected(there.error());
  const auto taken = std::ranges::find_if(*there, [&](const auto& kept) { return kept.assistant.name == name; });
  if (taken != there->end() && !replace) {
    return Unexpected(ErrorCode::kBadRequest,
                      fmt::format("there is an assistant called {0} already; --force replaces it, sotto edit {0} "
                                  "changes it",
                                  name));
  }
  if (auto base = assistant_base(*this, assistant.base); !base) return forward_error(base);
  if (auto written = write_assistant(folder_, assistant); !written) return forward_error(written);
  // A file that a person put there may be spelled otherwise.
  if (taken != there->end() && taken->path != assistant_path(folder_, name)) delete_file(taken->path);
  auto kept = find_assistant(folder_, name);
  if (!kept) return forward_error(kept);
  return std::move(**kept);
}

Result<void> Store::check_unneeded(const std::string& path, std::string_view name) const {
  const auto assistants = list_assistants(folder_);
  if (!assistants) return Unexpected(assistants.error());
  std::vector<std::string> needing;
  for (const KeptAssistant& kept : *assistants) {
    if (!kept.problem.empty()) continue;
    const auto base = locate(kept.assistant.base);
    std::error_code ignored;
    if (base && fs::equivalent(*base, path, ignored)) needing.push_back(kept.assistant.name);
  }
  if (needing.empty()) return {};
  return Unexpected(ErrorCode::kBadRequest,
                    fmt::format("{0} is the base of {1}; remove that first (sotto rm {2}), or sotto rm --force {0}",
                                name, fmt::join(needing, ", "), fmt::join(needing, " ")));
}

namespace {

// A damaged one goes as well. Nothing when none has this name.
Result<std::optional<Removed>> remove_assistant(const std::string& folder, std::string_view name) {
  const auto assistants = list_assistants(folder);
  if (!assistants) return Unexpected(assistants.error());
  const auto wanted = normalize_name(name);
  for (const KeptAssistant& kept : *assistants) {
    if (!wanted || kept.assistant.name != *wanted) continue;
    const Removed removed{.freed_bytes = delete_file(kept.path)};
    if (file_size(kept.path) >= 0) return Unexpected(system_error("cannot delete", kept.path));
    return std::optional(removed);
  }
  return std::optional<Removed>();
}

// Of a name that stands for nothing here, an error that says what does.
Result<std::string> or_what_there_is(Result<std::string> path, const Store& store, std::string_view name) {
  if (path || path.error().code != ErrorCode::kNotFound) return path;
  std::vector<std::string> names;
  if (const auto models = store.list()) {
    for (const StoredModel& model : *models) names.push_back(model.name);
  }
  const auto near = nearest_names(name, names, 3);
  const std::string hint = names.empty()  ? "there is no model in " + store.folder()
                           : near.empty() ? "sotto list shows what there is"
                                          : fmt::format("did you mean {}?", fmt::join(near, ", "));
  return Unexpected(ErrorCode::kNotFound,
                    fmt::format("no model or assistant on this machine is called \"{}\"; {}", name, hint));
}

// All its parts. The first last: as long as it is there, what is left can be removed by name.
Result<void> remove_parts(const std::string& path, Removed& removed) {
  const auto split = gguf::read_split_name(path);
  for (unsigned part = split ? split->count : 1; part > 0; --part) {
    const std::string file = split ? split->path_of(part) : path;
    if (!remove_file(file, removed)) return Unexpected(system_error("cannot delete", file));
  }
  return {};
}

}  // namespace

Result<Removed> Store::remove(std::string_view name, bool needed_too) const {
  if (name.find('/') != std::string_view::npos) {
    return Unexpected(ErrorCode::kBadRequest,
                      fmt::format("\"{}\" is a path; only models in {} are removed, by name", name, folder_));
  }
  auto path = or_what_there_is(locate_model(name), *this, name);
  auto entry = Catalog::builtin().find(name);
  if (!path && !entry) {
    auto assistant = remove_assistant(folder_, name);
    if (!assistant) return forward_error(assistant);
    return *assistant ? Result<Removed>(**assistant) : forward_error(path);
  }
  if (path && !needed_too) {
    if (auto unneeded = check_unneeded(*path, name); !unneeded) return forward_error(unneeded);
  }
  Removed removed;
  if (entry) {
    auto partial = remove_partial(folder_, (*entry)->file_name);
    if (!partial) return forward_error(partial);
    removed.freed_bytes += *partial;
  }
  if (path) {
    if (auto gone = remove_parts(*path, removed); !gone) return forward_error(gone);
  }
  if (removed.freed_bytes == 0 && !path) return forward_error(path);
  return removed;
}

}  // namespace sotto::catalog
