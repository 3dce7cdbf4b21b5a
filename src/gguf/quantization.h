// What a file's quantization is called.
#pragma once

#include <string>

#include "gguf/file.h"

namespace sotto::gguf {

// The file's own word (general.file_type), for a mixture of types goes by one name: "Q4_K_M". Without it, the type of
// most values; empty when there are no tensors. Thread-safe.
std::string quantization_of(const File& file);

}  // namespace sotto::gguf
