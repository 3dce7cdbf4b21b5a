// ModelInfo out of a file's metadata and tensors.
#pragma once

#include "gguf/file.h"
#include "sotto/engine.h"

namespace sotto::engine {

// All that the file alone tells; the context and what depends on it is the engine's to add. A key
// that is absent or of another type leaves its field empty: whether that matters is for those who
// need it to say.
ModelInfo describe(const gguf::File& file);

}  // namespace sotto::engine
