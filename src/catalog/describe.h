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

// Whether the model can fill a gap in a text: reads the vocabulary, which takes some milliseconds. False where that
// cannot be read.
bool model_fills_gaps(const std::string& path);

// Everything that needs no look into the file: path, size, time, sidecar, name. Of a file without a sidecar the name is
// the catalog's where that has a file of this name; nothing else is taken from there.
StoredModel describe_file(const std::string& path);

// A licence that need not stand in the file itself, and who says so: "gemma3.gguf.json", or "the catalog's
// gemma3:270m". Both empty where nobody does.
struct KnownLicense {
  std::string license, from;
};

// What was noted in the sidecar, or what the catalog says of the bytes whose checksum was. A file's name proves
// nothing.
KnownLicense known_license(const std::string& path);

}  // namespace sotto::catalog
