// A model as it is published (config.json, safetensors, tokenizer) becomes one GGUF file, with the keys and names that
// other programs read. Nothing of the folder is run or changed.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "published/plan.h"
#include "sotto/result.h"

namespace sotto::published {

struct ConvertOptions {
  WeightType type = WeightType::kAsPublished;  // of matrices; vectors are F32
  std::string name, license;                   // empty: what the folder says
  const std::atomic<bool>* cancel = nullptr;   // looked at between parts of some MiB
  std::function<void(std::uint64_t done_bytes, std::uint64_t total_bytes)> on_progress;  // of the weights; may be empty
};

struct Converted {
  std::string architecture;
  std::string type;  // of matrices: "BF16"
  std::string name, license;
  std::uint64_t n_tensors = 0, bytes = 0;
  std::vector<std::string> notes;  // what was left out or could not be said, a sentence each
};

// Whether a path is a folder.
bool is_folder(const std::string& path);

// Writes `out`; it appears only when it is whole, and nothing is left when it fails. Holds a part of one tensor at a
// time. Errors: kNotFound, kIo, kBadFile, kUnsupported (a family, a value, a tensor or a tokenizer that GGUF cannot
// express, or weights whose format runs code), kBadRequest (a weight that `type` cannot hold), kCancelled.
Result<Converted> convert_folder(const std::string& folder, const std::string& out, const ConvertOptions& options);

}  // namespace sotto::published
