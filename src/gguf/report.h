// The words of this folder's errors: which file, which field, what was found, what was expected,
// what to do.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

#include "sotto/result.h"

namespace sotto::gguf {

// Far above what real files hold: it bounds the memory and the time that a hostile file can take.
inline constexpr std::uint64_t kMaxHeaderBytes = 64u << 20;  // everything before the tensors' data

// `text` from the file, made safe to print: in quotes, bytes outside printable ASCII as \xNN, cut
// after 64 bytes.
std::string quote(std::string_view text);

class Report {
 public:
  explicit Report(std::string path) : path_(std::move(path)) {}
  const std::string& path() const { return path_; }

  // kBadFile: "<path>: <field>: found <found>, expected <expected>" and the advice to fetch the
  // file again.
  Unexpected damaged(std::string_view field, std::string_view found, std::string_view expected) const;
  Unexpected damaged(std::string_view field, std::uint64_t found, std::string_view expected) const;

  // kBadFile for a field that would reach past the end of the file, or of the part that metadata
  // may take.
  Unexpected cut_short(std::string_view field, std::uint64_t offset, std::uint64_t bytes_left) const;

  // kUnsupported; `advice` says what to do instead.
  Unexpected unsupported(std::string_view field, std::string_view found, std::string_view expected,
                         std::string_view advice) const;

 private:
  std::string path_;
};

}  // namespace sotto::gguf
