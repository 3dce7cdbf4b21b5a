// The files of a model, one or the parts of a split one, on their way into the store. Knows nothing of names or
// licences.
#pragma once

#include <span>
#include <string>

#include "catalog/byte_progress.h"
#include "catalog/workspace.h"
#include "sotto/result.h"

namespace sotto::catalog {

struct FileCopy {
  std::string from, to;
  std::string sha256;  // of `from`; empty: whatever it holds when it is copied
};

// Copies each file, or links it, and checks that the copy is `from` as it was. Then all get their names, the first one
// last: without it the others are no model. After an error none of them has its name; what lies in the workspace is the
// caller's to clear. Another part than the first that lies there already is kept when it has these bytes. `progress` is
// told of each file's bytes once; of linked ones as well, which are not read. Errors: kBadRequest (a place is taken,
// which is seen before anything is copied; a link to another disk), kIo (also when a file changes meanwhile),
// kNotFound, kCancelled.
Result<void> place_files(std::span<const FileCopy> files, const Workspace& workspace, bool hard_link,
                         ByteProgress& progress);

}  // namespace sotto::catalog
