// Store::import: a GGUF file of the user's, or a folder as models are published, becomes a model of the store.
#include <vector>

#include <fmt/format.h>

#include "catalog/byte_progress.h"
#include "catalog/catalog.h"
#include "catalog/describe.h"
#include "catalog/files.h"
#include "catalog/model_copy.h"
#include "catalog/names.h"
#include "catalog/sha256.h"
#include "catalog/sidecar.h"
#include "catalog/store.h"
#include "catalog/workspace.h"
#include "gguf/split.h"
#include "published/folder.h"
#include "published/model_card.h"

namespace sotto::catalog {
namespace {

// The user's name, the catalog's for known bytes, or the file's own.
Result<std::string> choose_name(const std::string& path, const ImportOptions& options, const Entry* known) {
  if (!options.name.empty()) return normalize_name(options.name);
  if (known) return known->name;
  auto name = normalize_name(model_stem(base_name(path)));
  if (name) return name;
  return Unexpected(ErrorCode::kBadRequest,
                    fmt::format("{}: the file's name cannot be a model's name; give one", path));
}

std::string file_name_for(const std::string& path, const std::string& name, bool name_given) {
  std::string own = base_name(path);
  if (!name_given && is_safe_file_name(own)) return own;
  std::string file = name;
  for (char& c : file) c = c == ':' ? '-' : c;
  return file + ".gguf";
}

// The model's files and where they go. `first`: the file, or the first part.
std::vector<FileCopy> files_of(const FileCopy& first, bool is_split) {
  const auto from = gguf::read_split_name(first.from);
  if (!is_split || !from) return {first};
  const std::string stem = model_stem(first.to);
  const gguf::SplitName to{stem, 1, from->count};
  std::vector<FileCopy> files{{first.from, to.path_of(1), first.sha256}};
  for (unsigned part = 2; part <= from->count; ++part) {
    files.push_back({from->path_of(part), to.path_of(part), ""});
  }
  return files;
}

// A name of the catalog's may be given to another file, but not unnoticed.
void note_catalog_name(const std::string& name, const Entry* known, const ImportOptions& options) {
  const auto entry = Catalog::builtin().find(name);
  if (!options.on_note || !entry || *entry == known) return;
  options.on_note(
      fmt::format("the catalog has a model of its own called {}; on this machine the name now means this one", name));
}

// The place where one import of a file works.
Result<Workspace> open_workspace(const std::string& models_folder, const std::string& file_name) {
  auto workspace = Workspace::open(models_folder, file_name, [] { return false; });
  if (!workspace && workspace.error().code == ErrorCode::kCancelled) {
    return Unexpected(ErrorCode::kBadRequest, "another process is bringing in " + file_name);
  }
  return workspace;
}

// The user's name, or the folder's.
Result<std::string> choose_folder_name(const std::string& path, const ImportOptions& options) {
  if (!options.name.empty()) return normalize_name(options.name);
  auto name = normalize_name(published::read_model_card(path).name);
  if (name) return name;
  return Unexpected(ErrorCode::kBadRequest,
                    path + ": the folder's name cannot be a model's name; give one with --name");
}

// Writes and publishes the file; gives its checksum.
Result<std::string> convert(const std::string& path, const ImportOptions& options, const std::string& temporary,
                            const std::string& target, std::string& license) {
  published::ConvertOptions convert{options.type, options.name, options.license, options.cancel, options.on_progress};
  auto converted = published::convert_folder(path, temporary, convert);
  if (!converted) return forward_error(converted);
  for (const std::string& note : converted->notes) {
    if (options.on_note) options.on_note(note);
  }
  license = converted->license;
  auto sha256 = sha256_of_file(temporary);
  if (!sha256) return sha256;
  if (auto placed = publish_file(temporary, target, /*replace=*/false); !placed) return forward_error(placed);
  return sha256;
}

}  // namespace

Result<void> Store::check_free(const std::string& name) const {
  const auto taken = locate_name(name);
  if (!taken) return {};
  return Unexpected(ErrorCode::kBadRequest,
                    fmt::format("there is a model called {0} already ({1}); choose another name, or: "
                                "sotto rm {0}",
                                name, *taken));
}

Result<StoredModel> Store::import_folder(const std::string& path, const ImportOptions& options) const {
  if (options.hard_link) {
    return Unexpected(ErrorCode::kBadRequest,
                      path + ": a folder is converted; there are no bytes to share with a link");
  }
  auto name = choose_folder_name(path, options);
  if (!name) return forward_error(name);
  if (auto free = check_free(*name); !free) return forward_error(free);
  note_catalog_name(*name, nullptr, options);
  const std::string file_name = file_name_for(path, *name, /*name_given=*/true);
  const std::string target = folder_ + "/" + file_name;
  auto workspace = open_workspace(folder_, file_name);
  if (!workspace) return forward_error(workspace);
  const std::string temporary = workspace->file("import");
  Sidecar sidecar{.name = *name, .source = path};
  auto sha256 = convert(path, options, temporary, target, sidecar.license);
  delete_file(temporary);
  if (!sha256) return forward_error(sha256);
  sidecar.sha256 = *sha256;
  sidecar.bytes = static_cast<std::uint64_t>(file_size(target));
  if (auto noted = write_sidecar(target, sidecar); !noted) return forward_error(noted);
  return describe_model(target);
}

Result<StoredModel> Store::import(const std::string& path, const ImportOptions& options) const {
  if (published::is_folder(path)) return import_folder(path, options);
  auto original = describe_model(path);
  if (!original) return original;
  const auto first_bytes = static_cast<std::uint64_t>(file_size(path));
  ByteProgress progress(first_bytes + original->file_bytes, options.on_progress, options.cancel);
  auto sha256 = sha256_of_file(path, progress.of_one_file());  // first: known bytes have the catalog's name
  if (!sha256) return forward_error(sha256);
  const Entry* known = Catalog::builtin().find_sha256(*sha256);
  auto name = choose_name(path, options, known);
  if (!name) return forward_error(name);
  if (auto free = check_free(*name); !free) return forward_error(free);
  note_catalog_name(*name, known, options);
  const std::string place = folder_ + "/" + file_name_for(path, *name, !options.name.empty());
  const auto files = files_of({path, place, *sha256}, original->file_bytes != first_bytes);
  const std::string& target = files.front().to;
  auto workspace = open_workspace(folder_, base_name(target));
  if (!workspace) return forward_error(workspace);
  auto placed = place_files(files, *workspace, options.hard_link, progress);
  workspace->clear();
  if (!placed) return forward_error(placed);
  Sidecar sidecar{.name = *name,
                  .source = path,
                  .sha256 = *sha256,
                  .license = options.license,
                  .bytes = static_cast<std::uint64_t>(file_size(target))};
  if (sidecar.license.empty()) sidecar.license = known ? known->license : original->license;
  auto noted = write_sidecar(target, sidecar);
  if (!noted) return forward_error(noted);
  return describe_model(target);
}

}  // namespace sotto::catalog
