// What a text's activations say of a model's weights: the sums of squares of what enters each matrix, column by column,
// experts apart. Written in llama.cpp's GGUF form of importance matrices.
#pragma once

#include <map>
#include <mutex>
#include <string>
#include <vector>

#include "evaluate/models.h"
#include "evaluate/subject.h"
#include "ops/matrix.h"
#include "quantize/importance.h"
#include "sotto/result.h"

namespace sotto::evaluate {

class Activity {
 public:
  // Adds the rows x: [n_tokens, weights.cols()] f32. Of several matrices in one tensor that multiply the same rows, the
  // first counts. Thread-safe.
  void add(const ops::Matrix& weights, const float* x, std::int64_t n_tokens);

  // How the text was cut.
  struct Source {
    std::string text;  // its name
    std::uint32_t n_chunks = 0, chunk_tokens = 0;
  };
  // Tensors in the order of the model's file. Errors: those of gguf::Writer::write.
  Result<void> write(const std::string& path, const gguf::File& model, const Source& source) const;
  quantize::Importance importance() const;
  bool finite() const;  // as F32, which the file has
  bool empty() const { return entries_.empty(); }

 private:
  struct Entry {
    std::size_t cols = 0;
    std::vector<double> sums, counts;  // [n_parts, cols], [n_parts]
  };
  mutable std::mutex mutex_;
  std::map<std::string, Entry, std::less<>> entries_;
};

// Reads `chunks` with `subject`, which must be open with exact activations. Errors: kUnsupported (a model whose forward
// pass cannot be watched), kBadFile (activations that are no finite numbers), kCancelled.
Result<void> watch(Subject& subject, const Chunks& chunks, const EvalOptions& options, Activity& activity);

// The importance matrix of the model `in` over the text, as a file. Errors: those of opening a model, of watch() and
// write(); kBadRequest (the text has less than two tokens).
struct ImportanceFile {
  std::size_t n_tokens = 0, n_tensors = 0;
};
Result<ImportanceFile> write_importance(const std::string& in, const std::string& out, std::string_view text,
                                        const std::string& text_name, const EvalOptions& options);

}  // namespace sotto::evaluate
