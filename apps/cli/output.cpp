#include "cli/output.h"

#include <unistd.h>

#include <cerrno>
#include <cstdint>

namespace sotto::cli {

namespace {

constexpr std::string_view kReplacement = "\xEF\xBF\xBD";

// How the bytes at the start of a text begin: a whole code point, the start of one, or neither.
struct Lead {
  enum class Kind { kWhole, kPartial, kBroken } kind;
  std::size_t length;  // bytes of the code point, or of what to replace
  std::uint32_t code_point;
};

// The lowest code point that needs 2, 3 or 4 bytes: anything below is an overlong form.
constexpr std::uint32_t kLowest[] = {0, 0, 0x80, 0x800, 0x10000};

std::size_t sequence_length(unsigned char first) {
  if (first < 0x80) return 1;
  if (first >= 0xC2 && first <= 0xDF) return 2;
  if (first >= 0xE0 && first <= 0xEF) return 3;
  if (first >= 0xF0 && first <= 0xF4) return 4;
  return 0;
}

Lead read_lead(std::string_view text) {
  const auto first = static_cast<unsigned char>(text[0]);
  const std::size_t length = sequence_length(first);
  if (length == 0) return {Lead::Kind::kBroken, 1, 0};
  if (length == 1) return {Lead::Kind::kWhole, 1, first};
  std::uint32_t code_point = first & (0xFFu >> (length + 1));
  for (std::size_t i = 1; i < length; ++i) {
    if (i == text.size()) return {Lead::Kind::kPartial, i, 0};
    const auto byte = static_cast<unsigned char>(text[i]);
    if ((byte & 0xC0) != 0x80) return {Lead::Kind::kBroken, i, 0};
    code_point = code_point << 6 | (byte & 0x3F);
  }
  const bool surrogate = code_point >= 0xD800 && code_point <= 0xDFFF;
  if (code_point < kLowest[length] || code_point > 0x10FFFF || surrogate) {
    return {Lead::Kind::kBroken, length, 0};
  }
  return {Lead::Kind::kWhole, length, code_point};
}

bool is_harmful(std::uint32_t code_point) {
  if (code_point == '\n' || code_point == '\t') return false;
  return code_point < 0x20 || (code_point >= 0x7F && code_point <= 0x9F);
}

}  // namespace

std::string TextFilter::clean(std::string_view text) {
  std::string joined;
  if (!pending_.empty()) {
    joined = std::move(pending_);
    joined += text;
    pending_.clear();
    text = joined;
  }
  std::string out;
  out.reserve(text.size());
  while (!text.empty()) {
    const Lead lead = read_lead(text);
    if (lead.kind == Lead::Kind::kPartial) {
      pending_ = text;
      break;
    }
    if (lead.kind == Lead::Kind::kBroken) {
      out += kReplacement;
    } else if (!is_harmful(lead.code_point)) {
      out += text.substr(0, lead.length);
    }
    text.remove_prefix(lead.length);
  }
  return out;
}

std::string TextFilter::finish() {
  if (pending_.empty()) return "";
  pending_.clear();
  return std::string(kReplacement);
}

int write_all(int fd, std::string_view text) {
  while (!text.empty()) {
    const ssize_t n = ::write(fd, text.data(), text.size());
    if (n < 0) {
      if (errno == EINTR) continue;
      return errno;
    }
    text.remove_prefix(static_cast<std::size_t>(n));
  }
  return 0;
}

Output::Output(int fd) : fd_(fd), terminal_(::isatty(fd) == 1) {}

void Output::untrusted(std::string_view text) {
  if (terminal_) {
    put(filter_.clean(text));
  } else {
    put(text);
  }
}

void Output::trusted(std::string_view text) { put(text); }

void Output::end_line() {
  put(filter_.finish());
  if (!line_start_) put("\n");
}

void Output::put(std::string_view text) {
  if (text.empty() || error_ != 0) return;
  line_start_ = text.back() == '\n';
  error_ = write_all(fd_, text);
}

}  // namespace sotto::cli
