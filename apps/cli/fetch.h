// Brings a model onto the disk and shows how it goes. The one way from the terminal program to catalog::pull.
#pragma once

#include "catalog/download/pull.h"
#include "catalog/paths.h"

namespace sotto::cli {

// The entry for a name of the catalog or an https: address. Errors: kNotFound, kBadRequest.
Result<catalog::Entry> find_entry(const std::string& name_or_url);

// A file that is here under another name is linked. Otherwise says on standard error what comes, whether it fits and
// how fast it should run, then downloads it: with a bar on a terminal, as plain lines otherwise. Ctrl-C stops it; the
// next call goes on where it ended. Errors: those of catalog::pull; kBudget when the disk is too small.
Result<catalog::StoredModel> fetch(const catalog::Entry& entry, const catalog::Paths& paths);

// One line for a moment of a download, at most `width` columns. Pure.
std::string progress_line(const std::string& name, const catalog::PullProgress& progress, int width);

}  // namespace sotto::cli
