// What a GGUF file says of itself, for lists and for `show`.
#pragma once

#include <string>

#include "catalog/store.h"
#include "sotto/result.h"

namespace sotto::catalog {

// Metadata only; with the sidecar's name, licence and source where there is one. Errors: as
// gguf::File::open.
Result<StoredModel> describe_model(const std::string& path);
Result<ModelDetails> describe_details(const std::string& path);

// Everything that needs no look into the file: path, size, time, sidecar, name.
StoredModel describe_file(const std::string& path);

}  // namespace sotto::catalog
