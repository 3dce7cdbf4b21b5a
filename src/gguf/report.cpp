#include "gguf/report.h"

#include <fmt/format.h>

namespace sotto::gguf {
namespace {

constexpr std::string_view kDamagedAdvice =
    "the file is damaged or was not written as GGUF asks: fetch or convert it again";

}  // namespace

std::string quote(std::string_view text) {
  constexpr std::size_t kShown = 64;
  std::string out = "\"";
  for (const char c : text.substr(0, kShown)) {
    if (c == '"' || c == '\\') {
      out += '\\';
      out += c;
    } else if (c >= ' ' && c <= '~') {
      out += c;
    } else {
      out += fmt::format("\\x{:02x}", static_cast<unsigned char>(c));
    }
  }
  out += '"';
  if (text.size() > kShown) out += fmt::format("… ({} bytes)", text.size());
  return out;
}

Unexpected Report::damaged(std::string_view field, std::string_view found, std::string_view expected) const {
  return Unexpected(ErrorCode::kBadFile,
                    fmt::format("{}: {}: found {}, expected {}; {}", path_, field, found, expected, kDamagedAdvice));
}

Unexpected Report::damaged(std::string_view field, std::uint64_t found, std::string_view expected) const {
  return damaged(field, std::to_string(found), expected);
}

Unexpected Report::cut_short(std::string_view field, std::uint64_t offset, std::uint64_t bytes_left) const {
  const std::string_view why = offset + bytes_left == kMaxHeaderBytes
                                   ? "no more than 64 MiB of metadata are read: write the file with less"
                                   : "the file was cut short or is damaged: fetch it again";
  return Unexpected(ErrorCode::kBadFile,
                    fmt::format("{}: {} at byte {}: found {} bytes before the end, expected more; {}", path_, field,
                                offset, bytes_left, why));
}

Unexpected Report::unsupported(std::string_view field, std::string_view found, std::string_view expected,
                               std::string_view advice) const {
  return Unexpected(ErrorCode::kUnsupported,
                    fmt::format("{}: {}: found {}, expected {}; {}", path_, field, found, expected, advice));
}

}  // namespace sotto::gguf
