// The small file beside a model that says what the GGUF cannot: its catalog name, where it came
// from and which checksum was verified. A model without one works.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "sotto/result.h"

namespace sotto::catalog {

struct Sidecar {
  std::string name;    // normalized
  std::string source;  // an address without credentials, packages, or a path
  std::string sha256;  // of the model's file when it was stored
  std::string license;
  std::uint64_t bytes = 0;
};

std::string sidecar_path(const std::string& model_path);  // "<model>.json"

// Nothing when there is none, or it is damaged, or it speaks of a file of another size: it is only
// a hint.
std::optional<Sidecar> read_sidecar(const std::string& model_path);

// Errors: kIo.
Result<void> write_sidecar(const std::string& model_path, const Sidecar& sidecar);

}  // namespace sotto::catalog
