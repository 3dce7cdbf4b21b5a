#include "cli/piped_text.h"

#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

namespace sotto::cli {

bool standard_input_is_piped() { return ::isatty(STDIN_FILENO) != 1; }

Result<std::string> read_standard_input(std::size_t max_bytes) {
  std::string text;
  char buffer[65536];
  while (true) {
    const ssize_t n = ::read(STDIN_FILENO, buffer, sizeof buffer);
    if (n == 0) return text;
    // A closed standard input holds nothing.
    if (n < 0 && errno == EBADF) return text;
    if (n < 0 && errno != EINTR) {
      return Unexpected(ErrorCode::kIo, fmt::format("reading standard input: {}", std::strerror(errno)));
    }
    if (n > 0) text.append(buffer, static_cast<std::size_t>(n));
    if (text.size() > max_bytes) {
      return Unexpected(
          ErrorCode::kBadRequest,
          fmt::format("reading standard input: it is longer than {} bytes; give a part of it", max_bytes));
    }
  }
}

std::string join_prompt(const std::string& prompt, std::string text) {
  if (text.ends_with('\n')) text.pop_back();
  if (text.empty()) return prompt;
  if (prompt.empty()) return text;
  return prompt + "\n\n" + text;
}

}  // namespace sotto::cli
