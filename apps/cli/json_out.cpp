#include "cli/json_out.h"

#include <unistd.h>

#include "cli/output.h"

namespace sotto::cli {

Exit print_json(const Json& value) {
  Output out(STDOUT_FILENO);
  const int indent = out.is_terminal() ? 2 : -1;
  // ASCII on a terminal: a control character of a file's text can then not reach it.
  out.trusted(value.dump(indent, ' ', out.is_terminal(), Json::error_handler_t::replace) + "\n");
  return written(out);
}

}  // namespace sotto::cli
