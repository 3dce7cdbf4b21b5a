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

// The canonical spelling where the catalog knows the name, otherwise the normalized one.
Result<std::string> canonical_name(std::string_view name) {
  auto entry = Catalog::builtin().find(name);
  if (entry) return (*entry)->name;
  std::string_view stem = name.ends_with(".gguf") ? name.substr(0, name.size() - 5) : name;
  return normalize_name(stem);
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
  if (!models) return models;
  for (StoredModel& model : *models) {
    auto described = describe_model(model.path);
    if (described) {
      model = std::move(*described);
    } else {
      model.problem = described.error().message;
    }
  }
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
  auto wanted = canonical_name(name);
  if (!wanted) return wanted;
  auto models = files_in(folder_);
  if (!models) return forward_error(models);
  // A name that the user gave a model goes before the catalog's reading of that name.
  for (const std::string& spelling : {to_lower(name), *wanted}) {
    for (const StoredModel& model : *models) {
      std::string file = to_lower(base_name(model.path));
      if (to_lower(model.name) == spelling || file == spelling + ".gguf") return model.path;
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

Result<Removed> Store::remove(std::string_view name) const {
  if (name.find('/') != std::string_view::npos) {
    return Unexpected(ErrorCode::kBadRequest,
                      fmt::format("\"{}\" is a path; only models in {} are removed, by name", name, folder_));
  }
  auto path = locate_name(name);
  auto entry = Catalog::builtin().find(name);
  if (!path && !entry) return forward_error(path);
  Removed removed;
  if (entry) {
    auto partial = remove_partial(folder_, (*entry)->file_name);
    if (!partial) return forward_error(partial);
    removed.freed_bytes += *partial;
  }
  if (path) {
    // The first part last: as long as it is there, what is left can be removed by name.
    const auto split = gguf::read_split_name(*path);
    for (unsigned part = split ? split->count : 1; part > 0; --part) {
      const std::string file = split ? split->path_of(part) : *path;
      if (!remove_file(file, removed)) return Unexpected(system_error("cannot delete", file));
    }
  }
  if (removed.freed_bytes == 0 && !path) return forward_error(path);
  return removed;
}

}  // namespace sotto::catalog
