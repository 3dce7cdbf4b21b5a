#include "cli/report.h"

#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <string>

#include "cli/output.h"
#include "cli/terminal.h"

namespace sotto::cli {

namespace {

void print_line(std::string_view tag, std::string_view colour, std::string_view message) {
  const Style style(STDERR_FILENO);
  std::string line = style.paint(colour, tag) + one_line(message) + "\n";
  write_all(STDERR_FILENO, line);
}

}  // namespace

Exit exit_for(ErrorCode code) {
  switch (code) {
    case ErrorCode::kBadFile:
    case ErrorCode::kUnsupported: return Exit::kBadFile;
    case ErrorCode::kNotFound: return Exit::kNotFound;
    case ErrorCode::kBadRequest: return Exit::kUsage;
    case ErrorCode::kContextFull:
    case ErrorCode::kBudget: return Exit::kDoesNotFit;
    case ErrorCode::kCancelled: return Exit::kInterrupted;
    case ErrorCode::kIo: break;
  }
  return Exit::kFailure;
}

std::string one_line(std::string_view message) {
  TextFilter filter;
  std::string line = filter.clean(message) + filter.finish();
  for (char& c : line) {
    if (c == '\n' || c == '\t') c = ' ';
  }
  return line;
}

Exit fail(const Error& error) { return fail(exit_for(error.code), error.message); }

Exit fail(Exit code, std::string_view message) {
  print_line("sotto: ", Style::kRed, message);
  return code;
}

Exit written(const Output& out) {
  if (out.ok()) return Exit::kOk;
  if (out.error() == EPIPE) return Exit::kBrokenPipe;
  return fail(Exit::kFailure, std::string("writing to standard output: ") + std::strerror(out.error()));
}

void notice(std::string_view message) { print_line("sotto: ", Style::kDim, message); }

}  // namespace sotto::cli
