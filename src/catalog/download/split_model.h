// Brings a model that is split over several files onto the disk, each part from beside the first. Knows nothing of
// packages.
#pragma once

#include "catalog/download/sources.h"
#include "gguf/split.h"

namespace sotto::catalog {

// The address of another part of the model whose part `url` names; empty when it names none of `count` parts.
std::string url_of_part(const std::string& url, unsigned part, unsigned count);

// `name` is what the entry's file_name says. Parts that are there are kept, the others are fetched, resumed and checked
// as single files are; the first appears last, so that the model is never visible in part, and all are opened together
// before they count. Errors: as pull(); kBadRequest when `name` is not the first part.
Result<StoredModel> pull_parts(const Job& job, const gguf::SplitName& name);

}  // namespace sotto::catalog
