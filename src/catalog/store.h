// The models on disk: GGUF files in one folder, under their own names, each with a small sidecar
// (<file>.json: catalog name, source, sha256, licence). Files put there by hand work too. Knows
// nothing of the network and never changes a model's bytes.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "catalog/assistants/folder.h"
#include "published/folder.h"
#include "sotto/result.h"

namespace sotto::catalog {

struct StoredModel {
  std::string name;  // "smollm2:135m"; without a sidecar the file's name without ".gguf"
  std::string path;  // absolute, or as given for a model that is used by its path
  std::uint64_t file_bytes = 0;
  std::int64_t modified_unix_s = 0;
  std::string architecture;  // general.architecture
  std::string quantization;  // the type most weights have, for instance "Q4_K"
  std::string license;       // known_license(), otherwise general.license; may be empty
  std::string sha256;        // of the sidecar: what was verified when it was stored; may be empty
  std::string source;        // where it came from; may be empty
  std::string problem;       // not empty: the file cannot be read, and why
  std::string base;          // of an assistant: its model; the file is that of the assistant
};

// A setting of sampling: temperature, top_k, top_p, min_p, repeat_penalty or repeat_last_n.
struct Recommendation {
  std::string name;
  double value;
  bool operator==(const Recommendation&) const = default;
};

struct ModelDetails {
  StoredModel model;
  std::string title;  // general.name
  std::uint64_t n_params = 0;
  std::uint64_t n_tensors = 0;
  std::uint64_t ctx_tokens = 0;          // trained context; 0 when the file does not say
  bool encoder = false;                  // makes embeddings and writes no text
  std::string chat_template;             // empty: none
  std::string license_text;              // general.license and general.license.link, or the catalog's
  std::vector<Recommendation> sampling;  // what its makers recommend; sane ones only
  std::vector<std::pair<std::string, std::string>> metadata;  // in file order; long values are shortened
};

struct ImportOptions {
  std::string name;  // empty: the file's own name
  std::string license;
  bool hard_link = false;  // share the bytes with the original; otherwise a reflink where possible, or a copy
  // Of a folder; its name and licence are those above.
  published::WeightType type = published::WeightType::kAsPublished;
  const std::atomic<bool>* cancel = nullptr;
  std::function<void(std::uint64_t done_bytes, std::uint64_t total_bytes)> on_progress;
  std::function<void(const std::string&)> on_note;  // what was left out, a sentence each
};

// What a removal gave back.
struct Removed {
  std::uint64_t freed_bytes = 0;
  std::uint64_t shared_bytes = 0;  // not free: files elsewhere are hard links to them
};

// Holds only the folder's path: cheap, and several processes may use one folder at once.
class Store {
 public:
  explicit Store(std::string models_folder);

  const std::string& folder() const { return folder_; }

  // Sorted by name, assistants among the models. A file that cannot be read is listed with its `problem`. No folder:
  // nothing. Errors: kIo.
  Result<std::vector<StoredModel>> list() const;

  // The file that a name or path stands for; opens no file, so it costs next to nothing. A name is
  // one of Catalog::find or of the file itself; a path runs where it lies; of an assistant it is the file of its base.
  // Errors: kNotFound (says how to get it when the catalog has it, and which names are near when not), kIo,
  // kBadRequest.
  Result<std::string> locate(std::string_view name_or_path) const;

  // locate(), with what the file's metadata says. Errors: as locate(), and kBadFile, kUnsupported.
  Result<StoredModel> resolve(std::string_view name_or_path) const;

  // Errors: as resolve().
  Result<ModelDetails> show(std::string_view name_or_path) const;

  // The assistant of that name, or nothing. Errors: kIo, kBadFile.
  Result<std::optional<KeptAssistant>> assistant(std::string_view name) const;

  // Keeps an assistant under its name, which is a normalized one. `replace`: also where one has that name.
  // Errors: kBadRequest (a model or assistant has the name, or the catalog), kNotFound (the base is neither here nor in
  // the catalog), kIo.
  Result<KeptAssistant> keep(const Assistant& assistant, bool replace) const;

  // Deletes the model's file, its sidecar and what is left of an unfinished download, or an assistant's file. Bytes
  // that a process has mapped are free when it ends. Takes names only: a file outside the folder is never deleted.
  // needed_too: also a model that is the base of an assistant. Errors: kNotFound, kBadRequest (also such a base; says
  // of which), kIo.
  Result<Removed> remove(std::string_view name, bool needed_too = false) const;

  // Puts a GGUF file into the folder, checked with gguf::File, with the other parts where it is the first of several,
  // or what published::convert_folder makes of a folder; it appears whole or not at all, and the original stays.
  // Errors: kNotFound, kBadFile, kUnsupported, kBadRequest (bad name, or taken), kIo, kCancelled.
  Result<StoredModel> import(const std::string& path, const ImportOptions& options) const;

 private:
  Result<std::string> locate_name(std::string_view name) const;
  Result<std::string> locate_model(std::string_view name) const;  // that is no assistant
  Result<void> check_unneeded(const std::string& path, std::string_view name) const;
  Result<StoredModel> import_folder(const std::string& path, const ImportOptions& options) const;
  Result<void> check_free(const std::string& name) const;  // that no model has this name

  std::string folder_;
};

}  // namespace sotto::catalog
