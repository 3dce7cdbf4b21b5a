#include "cli/text_file.h"

#include <fmt/format.h>

#include "base/mapped_file.h"
#include "gguf/atomic_file.h"

namespace sotto::cli {

namespace {

constexpr std::size_t kMostTextBytes = std::size_t{64} << 20;

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

Result<void> write_text_file(const std::string& path, std::string_view text) {
  auto file = gguf::AtomicFile::create(path);
  if (!file) return forward_error(file);
  if (auto put = file->write(std::as_bytes(std::span(text))); !put) return put;
  return file->commit();
}

}  // namespace sotto::cli
