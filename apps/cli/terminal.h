// What the terminal can show: colours, width, and a status line that goes away again.
#pragma once

#include <string>
#include <string_view>

namespace sotto::cli {

// Makes the process's character set UTF-8, which the widths here and the line editor need; everything else stays as
// in the C locale. Call once, at the start.
void use_utf8();

// Colours, on a terminal only and never with NO_COLOR or TERM=dumb; otherwise paint() gives the plain text.
class Style {
 public:
  static constexpr std::string_view kBold = "1", kDim = "2", kRed = "31", kGreen = "32", kYellow = "33";

  explicit Style(int fd);
  std::string paint(std::string_view colour, std::string_view text) const;

 private:
  bool on_;
};

// Columns of the terminal behind `fd`; 80 when it does not say.
int terminal_width(int fd);

// How many columns a UTF-8 text takes (wide and combining characters counted).
int display_width(std::string_view text);

// `text` shortened to `width` columns, with "…" where something was left out.
std::string fit_width(std::string_view text, int width);

// A line on standard error that is overwritten in place and leaves nothing behind; silent when standard error is
// no terminal. Not thread-safe.
class StatusLine {
 public:
  StatusLine();
  ~StatusLine() { clear(); }
  StatusLine(const StatusLine&) = delete;
  StatusLine& operator=(const StatusLine&) = delete;

  void show(std::string_view text);
  void clear();
  bool enabled() const { return enabled_; }

 private:
  bool enabled_;
  bool shown_ = false;
};

}  // namespace sotto::cli
