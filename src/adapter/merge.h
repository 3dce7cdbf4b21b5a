// A model and adapters as one model: a new GGUF file whose changed matrices are W + scale · B A, computed in float32.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <span>
#include <string>

#include "adapter/adapter.h"
#include "gguf/file.h"
#include "quantize/file.h"
#include "sotto/result.h"

namespace sotto::adapter {

struct MergeOptions {
  bool half = false;                          // changed matrices of quantized types become F16 rather than their type
  int threads = 0;                            // 0: one for each performance core
  bool replace = false;                       // write over a file that stands there
  quantize::License license_if_missing;       // of a model that says none
  const std::atomic<bool>* cancel = nullptr;  // looked at between parts of some MiB
  std::function<void(std::uint64_t done_bytes, std::uint64_t total_bytes)>
      on_progress;                                  // of what is read; may be empty
  std::function<void(const std::string&)> on_note;  // what a person should know, a sentence each; may be empty
};

struct MergedFile {
  std::uint64_t n_changed = 0;  // matrices
  std::uint64_t bytes = 0;      // of all tensors
};

// Writes `out`, which appears only when it is whole. F32, F16 and BF16 stay what they are; a quantized type that can be
// written stays it as well, computed anew from what it stands for, and others become F16. Holds some MiB of a tensor at
// a time beside the adapters. Errors: kBadRequest (`out` is the model, or exists; a value that the type cannot hold),
// kBadFile (a weight that is no finite number), kNotFound, kIo, kCancelled.
Result<MergedFile> merge(const gguf::File& model, std::span<const Adapter> adapters, const std::string& out,
                         const MergeOptions& options);

}  // namespace sotto::adapter
