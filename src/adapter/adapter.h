// Low-rank changes of a model's matrices that were trained by themselves (LoRA: Hu et al., 2106.09685): W becomes
// W + scale · B A. Read from a GGUF file or from a folder as PEFT writes it, and checked against the model that they
// are for. The files are hostile. Knows nothing of running models.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "gguf/file.h"
#include "sotto/result.h"

namespace sotto::adapter {

inline constexpr std::uint64_t kMaxRank = 4096;
inline constexpr const char* kEmbedding = "token_embd.weight";  // the tensor that is never changed

// Of one matrix [rows, cols].
struct Change {
  std::string tensor;  // of the model: "blk.0.attn_q.weight"
  std::int64_t rows = 0, cols = 0, rank = 0;
  float scale = 1;          // alpha / rank, times what the caller asked for
  std::vector<float> down;  // A: [rank, cols] f32, row-major
  std::vector<float> up;    // B: [rows, rank] f32, row-major; rows in the order of the model's file
};

struct Adapter {
  std::string path;
  std::vector<Change> changes;  // by tensor, ascending; one of each
  std::uint64_t checksum = 0;   // of everything that decides what the changed model computes
};

// A GGUF file, or a folder with adapter_config.json and adapter_model.safetensors. strength: multiplies every change;
// finite. Errors, all naming the file and the field or tensor: kNotFound, kIo; kBadFile (half of a pair is missing, a
// rank or shape that does not fit its pair or the model, a number that is none); kUnsupported (another kind of adapter,
// another architecture, a tensor that the model does not have or that is no matrix of its own).
Result<Adapter> read_adapter(const std::string& path, float strength, const gguf::File& model);

// The same for a file that is open, and for a folder. For read_adapter() and tests.
Result<Adapter> read_gguf(const gguf::File& file, const gguf::File& model);
Result<Adapter> read_peft(const std::string& folder, const gguf::File& model);

// What both have to hold to: the model has the tensor, it is a matrix, the shapes fit, every number is finite. `where`
// names the adapter's file and tensor.
Result<void> check_change(const Change& change, const std::string& where, const gguf::File& model);

// Several at once: the change of every tensor that any of them changes, ranks one after another, scale 1 (theirs are in
// `up`). Throws std::bad_alloc.
std::vector<Change> add_up(std::span<const Adapter> adapters);

}  // namespace sotto::adapter
