// Text on its way out: every piece is written at once, a terminal gets no control characters, and a reader that
// has gone is noticed. Knows nothing of models.
#pragma once

#include <string>
#include <string_view>

namespace sotto::cli {

// Makes untrusted text harmless for a terminal: control characters (C0 but newline and tab, DEL, C1) are dropped,
// bytes that are no UTF-8 become U+FFFD. A code point may be split over calls.
class TextFilter {
 public:
  std::string clean(std::string_view text);
  std::string finish();  // what an unfinished code point becomes

 private:
  std::string pending_;  // the first bytes of a code point
};

// Writes all of `text` to `fd`. Gives 0, or the errno of the failure (EPIPE when the reader has gone).
int write_all(int fd, std::string_view text);

// One output stream. Not thread-safe.
class Output {
 public:
  // `untrusted` text is filtered when `fd` is a terminal, and passes unchanged otherwise.
  explicit Output(int fd);

  void untrusted(std::string_view text);
  void trusted(std::string_view text);
  void end_line();  // a newline, unless the last character was one; flushes a cut code point

  bool ok() const { return error_ == 0; }
  int error() const { return error_; }  // the errno of the first failure; later text is dropped
  bool is_terminal() const { return terminal_; }
  bool at_line_start() const { return line_start_; }

 private:
  void put(std::string_view text);

  int fd_;
  bool terminal_;
  bool line_start_ = true;
  int error_ = 0;
  TextFilter filter_;
};

}  // namespace sotto::cli
