// File::open for a model that is split over several files.
#include <fmt/format.h>

#include "gguf/file.h"
#include "gguf/report.h"
#include "gguf/split.h"
#include "gguf/tensor_table.h"

namespace sotto::gguf {
namespace {

constexpr std::string_view kTogether = "put the parts of one model, and no others, into one folder";

Unexpected refuse(const std::string& path, std::string_view field, std::string_view found, std::string_view expected,
                  std::string_view advice = kTogether) {
  return Unexpected(ErrorCode::kBadFile,
                    fmt::format("{}: {}: found {}, expected {}; {}", path, field, found, expected, advice));
}

std::string shown(const std::optional<std::int64_t>& number) { return number ? std::to_string(*number) : "nothing"; }

// The key must be there and be this number.
Result<void> expect_key(const File& file, std::string_view key, std::int64_t expected, std::string_view why) {
  auto found = file.integer(key);
  if (!found) return forward_error(found);
  if (*found == expected) return {};
  return refuse(file.path(), fmt::format("metadata \"{}\"", key), shown(*found), fmt::format("{}, {}", expected, why));
}

// A key that parts need not have, but if they do it is the first part's.
Result<void> expect_same_text(const File& part, const File& first, std::string_view key) {
  auto found = part.string(key), wanted = first.string(key);
  if (!found) return forward_error(found);
  if (!*found || !wanted || *found == *wanted) return {};
  return refuse(part.path(), fmt::format("metadata \"{}\"", key), quote(**found),
                fmt::format("what {} has, {}", first.path(), *wanted ? quote(**wanted) : "nothing"));
}

// The name of the first of `count` parts, which `first` must be.
Result<SplitName> first_part_name(const File& first, std::int64_t count) {
  auto no = first.integer("split.no");
  if (!no) return forward_error(no);
  const std::string& path = first.path();
  const auto name = read_split_name(path);
  if (*no != 0) {
    const bool fits = name && *no == name->part - 1 && count == name->count;
    return refuse(path, "metadata \"split.no\"", shown(*no), "0, the first part",
                  fmt::format("open {}", fits ? name->path_of(1) : "the part whose name has -00001-of-"));
  }
  if (!name || name->part != 1 || name->count != count) {
    return refuse(path, "name of the file", quote(path.substr(path.rfind('/') + 1)),
                  fmt::format("an end of -00001-of-{:05}.gguf", count),
                  "the other parts are found by it: give the files the names they had");
  }
  return *name;
}

Result<void> check_part(const File& part, const File& first, unsigned number, std::int64_t count) {
  const std::string why = fmt::format("as part {} of {}", number, first.path());
  if (auto ok = expect_key(part, "split.no", number - 1, why); !ok) return ok;
  if (auto ok = expect_key(part, "split.count", count, why); !ok) return ok;
  auto n_tensors = first.integer("split.tensors.count");
  if (!n_tensors) return forward_error(n_tensors);
  if (*n_tensors) {
    if (auto ok = expect_key(part, "split.tensors.count", **n_tensors, why); !ok) return ok;
  }
  return expect_same_text(part, first, "general.architecture");
}

}  // namespace

Result<std::vector<std::string>> File::other_parts() const {
  auto count = integer("split.count");
  if (!count) return forward_error(count);
  if (!*count || **count == 0 || **count == 1) return std::vector<std::string>();
  if (**count < 0 || **count > kMaxParts) {
    return refuse(path_, "metadata \"split.count\"", shown(*count), fmt::format("1 to {}", kMaxParts),
                  "the file is damaged, or merge its parts into one file");
  }
  auto name = first_part_name(*this, **count);
  if (!name) return forward_error(name);
  std::vector<std::string> paths;
  for (unsigned part = 2; part <= name->count; ++part) paths.push_back(name->path_of(part));
  return paths;
}

Result<void> File::join_parts() {
  auto paths = other_parts();
  if (!paths) return forward_error(paths);
  if (paths->empty()) return {};
  const auto count = static_cast<unsigned>(paths->size() + 1);
  for (unsigned number = 2; number <= count; ++number) {
    auto part = open_one((*paths)[number - 2]);
    if (!part && part.error().code == ErrorCode::kNotFound) {
      return Unexpected(ErrorCode::kNotFound, fmt::format("{}: missing, part {} of {} of {}; {}", (*paths)[number - 2],
                                                          number, count, path_, kTogether));
    }
    if (!part) return forward_error(part);
    if (auto ok = check_part(*part, *this, number, count); !ok) return ok;
    if (part->tensors_.size() > kMaxTensors - tensors_.size()) {
      return refuse(part->path_, "number of tensors", std::to_string(part->tensors_.size()),
                    fmt::format("at most {} in all parts together", kMaxTensors));
    }
    tensors_.insert(tensors_.end(), part->tensors_.begin(), part->tensors_.end());
    others_.push_back(std::move(part->mapping_));
  }
  auto n_tensors = integer("split.tensors.count");
  if (!n_tensors) return forward_error(n_tensors);
  if (*n_tensors && **n_tensors != static_cast<std::int64_t>(tensors_.size())) {
    return refuse(path_, "metadata \"split.tensors.count\"", shown(*n_tensors),
                  fmt::format("{}, as many as the {} parts have", tensors_.size(), count));
  }
  return sort_tensors();
}

}  // namespace sotto::gguf
