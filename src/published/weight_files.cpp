#include "published/weight_files.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <set>

#include "gguf/report.h"
#include "published/json.h"

namespace sotto::published {
namespace {

namespace fs = std::filesystem;
using gguf::quote;

constexpr const char* kOneFile = "model.safetensors";
constexpr const char* kIndex = "model.safetensors.index.json";
constexpr std::size_t kMaxIndexBytes = 64u << 20;
constexpr std::size_t kMaxFiles = 1000;
constexpr std::size_t kMaxFolderEntries = 10'000;

bool exists(const std::string& path) {
  std::error_code ignored;
  return fs::exists(path, ignored);
}

// A name from a folder may hold what steers a terminal.
bool is_printable(const std::string& name) {
  return std::ranges::all_of(name, [](unsigned char c) { return c >= ' ' && c != 127; });
}

bool is_pickle(const std::string& extension) {
  return extension == ".bin" || extension == ".pt" || extension == ".pth" || extension == ".ckpt" ||
         extension == ".pkl";
}

// `other`: a safetensors file of another name, `gguf`: a path; either may be empty.
Unexpected no_weights(const std::string& folder, const std::string& other, const std::string& gguf) {
  std::string message = fmt::format("{}: holds no weights; looked for {} and {}", folder, kOneFile, kIndex);
  if (!other.empty()) message += "; rename " + quote(other) + " to " + kOneFile + " if it is the whole model";
  if (!gguf.empty()) message += "; there is a GGUF file: sotto import " + (is_printable(gguf) ? gguf : quote(gguf));
  if (other.empty() && gguf.empty()) message += "; fetch the weights into it";
  return Unexpected(ErrorCode::kNotFound, message);
}

// What lies in a folder in place of weights of the usual names; the last of each kind.
struct Others {
  std::string pickle, safetensors;  // names
  std::string gguf;                 // a path
};

Result<Others> look_around(const std::string& folder) {
  Others others;
  std::error_code failed;
  std::size_t n_seen = 0;
  for (fs::directory_iterator entry(folder, failed), end; !failed && entry != end; entry.increment(failed)) {
    if (++n_seen > kMaxFolderEntries) break;
    const fs::path& path = entry->path();
    if (is_pickle(path.extension())) others.pickle = path.filename();
    if (path.extension() == ".gguf") others.gguf = path.string();
    if (path.extension() == ".safetensors") others.safetensors = path.filename();
  }
  if (failed) return Unexpected(ErrorCode::kIo, folder + ": cannot be listed: " + failed.message());
  return others;
}

Unexpected is_a_pickle(const std::string& folder, const std::string& name) {
  return unsupported(folder, quote(name) + " is a PyTorch pickle: loading one runs code that the file brings",
                     "ask for the model as safetensors, or convert it where you trust it");
}

// Why a folder without the usual names cannot be imported.
Unexpected without_weights(const std::string& folder) {
  const auto others = look_around(folder);
  if (!others) return Unexpected(others.error());
  if (others->safetensors.starts_with("adapter_")) {
    return unsupported(folder, quote(others->safetensors) + " is an adapter (LoRA), not a model",
                       "sotto merge makes a model of both");
  }
  if (!others->pickle.empty() && others->safetensors.empty()) return is_a_pickle(folder, others->pickle);
  return no_weights(folder, others->safetensors, others->gguf);
}

bool is_plain_name(const std::string& name) {
  return name.ends_with(".safetensors") && !name.starts_with('.') && name.find('/') == std::string::npos &&
         is_printable(name);
}

// The files that the index names, each once; every name of the map is in its file, as the caller checks.
Result<std::set<std::string>> indexed_files(const std::string& path, const Json& index) {
  const Json* map = field(index, "weight_map");
  if (map == nullptr || !map->is_object() || map->empty()) {
    return damaged(path, "weight_map is missing or no object, expected the file of each tensor");
  }
  std::set<std::string> names;
  for (const auto& [tensor, file] : map->items()) {
    if (!file.is_string() || !is_plain_name(file.get_ref<const std::string&>())) {
      return damaged(path, fmt::format("weight_map has {} for {}, expected the name of a .safetensors file beside it",
                                       shown(file), quote(tensor)));
    }
    names.insert(file.get<std::string>());
  }
  if (names.size() > kMaxFiles) {
    return damaged(path, fmt::format("names {} files, expected at most {}", names.size(), kMaxFiles));
  }
  return names;
}

Result<void> check_map(const std::string& path, const Json& index, const std::vector<SafetensorsFile>& files) {
  std::set<std::pair<std::string, std::string>> there;
  for (const SafetensorsFile& file : files) {
    const std::string name = fs::path(file.path()).filename();
    for (const StoredTensor& tensor : file.tensors()) there.emplace(tensor.name, name);
  }
  for (const auto& [tensor, file] : index["weight_map"].items()) {
    if (!there.contains({tensor, file.get<std::string>()})) {
      return damaged(path, fmt::format("weight_map says that {} holds tensor {}, expected it there",
                                       file.get<std::string>(), quote(tensor)));
    }
  }
  return {};
}

}  // namespace

std::optional<Error> refuse_pickles(const std::string& folder) {
  const auto others = look_around(folder);
  if (!others || others->pickle.empty() || !others->safetensors.empty()) return std::nullopt;
  return is_a_pickle(folder, others->pickle).error();
}

Result<WeightFiles> WeightFiles::open(const std::string& folder) {
  WeightFiles weights;
  const std::string one = folder + "/" + kOneFile, index_path = folder + "/" + kIndex;
  if (exists(one)) {
    auto file = SafetensorsFile::open(one);
    if (!file) return forward_error(file);
    weights.files_.push_back(std::move(*file));
  } else if (exists(index_path)) {
    auto index = read_object(index_path, kMaxIndexBytes);
    if (!index) return forward_error(index);
    auto names = indexed_files(index_path, *index);
    if (!names) return forward_error(names);
    for (const std::string& name : *names) {
      auto file = SafetensorsFile::open(folder + "/" + name);
      if (!file && file.error().code == ErrorCode::kNotFound) {
        file.error().message += fmt::format(": {}'s weight_map names it", kIndex);
      }
      if (!file) return forward_error(file);
      weights.files_.push_back(std::move(*file));
    }
    if (auto checked = check_map(index_path, *index, weights.files_); !checked) return forward_error(checked);
  } else {
    return without_weights(folder);
  }
  if (auto indexed = weights.index_names(); !indexed) return forward_error(indexed);
  return weights;
}

WeightFiles::Found WeightFiles::at(std::size_t index) const {
  const auto [file, tensor] = order_[index];
  return {&files_[file], &files_[file].tensors()[tensor]};
}

Result<void> WeightFiles::index_names() {
  for (std::size_t f = 0; f < files_.size(); ++f) {
    for (std::size_t t = 0; t < files_[f].tensors().size(); ++t) order_.emplace_back(f, t);
  }
  const auto name = [this](const auto& place) -> const std::string& {
    return files_[place.first].tensors()[place.second].name;
  };
  std::ranges::sort(order_, {}, name);
  const auto twin = std::ranges::adjacent_find(order_, {}, name);
  if (twin == order_.end()) return {};
  return damaged(files_[std::next(twin)->first].path(),
                 fmt::format("tensor {} stands in {} too", quote(name(*twin)), files_[twin->first].path()));
}

}  // namespace sotto::published
