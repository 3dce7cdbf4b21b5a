// The files of a model, one or the parts of a split one, on their way into the store. Knows nothing of names or
// licences.
#pragma once

#include <span>
#include <string>

#include "catalog/workspace.h"
#include "sotto/result.h"

namespace sotto::catalog {

struct FileCopy {
  std::string from, to;
  std::string sha256;  // of `from`
};

// Copies each file, or links it, and checks the copy. Then all get their names, the first one last: without it the
// others are no model. After an error none of what was brought is left. Another part than the first that lies there
// already is kept when it has these bytes. Errors: kIo (also when a file changes meanwhile, or a place is taken),
// kBadRequest (a link to another disk).
Result<void> place_files(std::span<const FileCopy> files, const Workspace& workspace, bool hard_link);

}  // namespace sotto::catalog
