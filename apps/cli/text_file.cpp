#include "cli/text_file.h"

#include <fmt/format.h>

#include <filesystem>

#include "base/mapped_file.h"
#include "gguf/atomic_file.h"
#include "gguf/split.h"

namespace sotto::cli {

namespace {

namespace fs = std::filesystem;

constexpr std::size_t kMostTextBytes = std::size_t{64} << 20;

// Also before one of them is there.
bool is_same_file(const std::string& a, const std::string& b) {
  std::error_code problem;
  if (fs::equivalent(a, b, problem)) return true;
  const fs::path first = fs::weakly_canonical(fs::absolute(a, problem), problem);
  return first == fs::weakly_canonical(fs::absolute(b, problem), problem) && !first.empty();
}

bool is_part_of(const std::string& path, const std::string& model) {
  if (is_same_file(path, model)) return true;
  const auto split = gguf::read_split_name(model);
  for (unsigned part = 1; split && part <= split->count; ++part) {
    if (is_same_file(path, split->path_of(part))) return true;
  }
  return false;
}

}  // namespace

Result<std::string> read_text_or(const std::string& path, std::string_view otherwise) {
  if (path.empty()) return std::string(otherwise);
  const auto file = base::MappedFile::open(path);
  if (!file) return Unexpected(file.error());
  const auto bytes = file->bytes();
  if (bytes.empty() || bytes.size() > kMostTextBytes) {
    return Unexpected(ErrorCode::kBadRequest, fmt::format("{}: found {} bytes, expected a text of 1 to {}; give a part "
                                                          "of it",
                                                          path, bytes.size(), kMostTextBytes));
  }
  return std::string(reinterpret_cast<const char*>(bytes.data()), bytes.size());
}

Result<void> check_writable(const std::string& path, std::span<const std::string> others, bool replace) {
  for (const std::string& other : others) {
    if (other.empty() || !is_part_of(path, other)) continue;
    return Unexpected(ErrorCode::kBadRequest,
                      fmt::format("{}: is a file that this command reads or writes itself; give another name", path));
  }
  if (auto free = gguf::check_free(path, replace); !free) return free;
  auto tried = gguf::AtomicFile::create(path);
  return tried ? Result<void>() : forward_error(tried);
}

Result<void> write_text_file(const std::string& path, std::string_view text) {
  auto file = gguf::AtomicFile::create(path);
  if (!file) return forward_error(file);
  if (auto put = file->write(std::as_bytes(std::span(text))); !put) return put;
  return file->commit();
}

}  // namespace sotto::cli
