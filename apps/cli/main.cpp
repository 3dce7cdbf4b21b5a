// The command line: parse, hand over to one command, turn its result into an exit code.
#include <langinfo.h>

#include <clocale>
#include <exception>
#include <string_view>

#include "cli/arguments.h"
#include "cli/interrupt.h"

namespace sotto::cli {

namespace {

// Widths of characters and the line editor need to know UTF-8; everything else stays as in the C locale.
void use_utf8() {
  std::setlocale(LC_CTYPE, "");
  if (std::string_view(::nl_langinfo(CODESET)) != "UTF-8") std::setlocale(LC_CTYPE, "C.UTF-8");
}

}  // namespace

}  // namespace sotto::cli

int main(int argc, char** argv) {
  using namespace sotto::cli;
  try {
    use_utf8();
    ignore_broken_pipes();
    Action action;
    if (const Parsed parsed = parse_arguments(argc, argv, action); parsed.done) return static_cast<int>(parsed.exit);
    return static_cast<int>(action ? action() : run_default());
  } catch (const std::exception& problem) {
    return static_cast<int>(fail(Exit::kFailure, problem.what()));
  }
}
