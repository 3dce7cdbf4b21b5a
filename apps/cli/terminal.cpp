#include "cli/terminal.h"

#include <langinfo.h>
#include <sys/ioctl.h>
#include <unistd.h>
#include <wchar.h>

#include <clocale>
#include <cstdlib>

#include "cli/output.h"

namespace sotto::cli {

namespace {

bool dumb_terminal() {
  const char* term = std::getenv("TERM");
  return term == nullptr || std::string_view(term) == "dumb";
}

// Calls `take(bytes, columns)` for each character until it gives false. Bytes that are no character of the
// locale count as one column each.
template <class Take>
void for_each_character(std::string_view text, Take take) {
  std::mbstate_t state{};
  while (!text.empty()) {
    wchar_t wide = 0;
    std::size_t n = std::mbrtowc(&wide, text.data(), text.size(), &state);
    int columns = 1;
    if (n == 0 || n > text.size()) {
      n = 1;
      state = {};
    } else {
      const int measured = ::wcwidth(wide);
      columns = measured < 0 ? 0 : measured;
    }
    if (!take(text.substr(0, n), columns)) return;
    text.remove_prefix(n);
  }
}

}  // namespace

void use_utf8() {
  std::setlocale(LC_CTYPE, "");
  if (std::string_view(::nl_langinfo(CODESET)) != "UTF-8") std::setlocale(LC_CTYPE, "C.UTF-8");
}

Style::Style(int fd) {
  const char* no_color = std::getenv("NO_COLOR");
  on_ = ::isatty(fd) == 1 && (no_color == nullptr || *no_color == '\0') && !dumb_terminal();
}

std::string Style::paint(std::string_view colour, std::string_view text) const {
  if (!on_ || text.empty()) return std::string(text);
  return "\x1b[" + std::string(colour) + "m" + std::string(text) + "\x1b[0m";
}

int terminal_width(int fd) {
  winsize size{};
  if (::ioctl(fd, TIOCGWINSZ, &size) == 0 && size.ws_col > 0) return size.ws_col;
  return 80;
}

int display_width(std::string_view text) {
  int width = 0;
  for_each_character(text, [&](std::string_view, int columns) {
    width += columns;
    return true;
  });
  return width;
}

std::string fit_width(std::string_view text, int width) {
  if (display_width(text) <= width) return std::string(text);
  std::string out;
  int used = 0;
  for_each_character(text, [&](std::string_view bytes, int columns) {
    if (used + columns > width - 1) return false;
    out += bytes;
    used += columns;
    return true;
  });
  return out + "…";
}

StatusLine::StatusLine() : enabled_(::isatty(STDERR_FILENO) == 1 && !dumb_terminal()) {}

void StatusLine::show(std::string_view text) {
  if (!enabled_) return;
  const std::string line = fit_width(text, terminal_width(STDERR_FILENO) - 1);
  write_all(STDERR_FILENO, "\r" + line + "\x1b[K");
  shown_ = true;
}

void StatusLine::clear() {
  if (shown_) write_all(STDERR_FILENO, "\r\x1b[K");
  shown_ = false;
}

}  // namespace sotto::cli
