// Models side by side over the same text: perplexity, and how far each is from a reference. At most a batch of logits
// of two models is in memory, however long the text and however many the models.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "sotto/result.h"

namespace sotto::evaluate {

struct EvalOptions {
  std::size_t n_tokens = 2048;                // of the text's beginning, at most
  int threads = 0;                            // 0: one for each performance core
  bool exact = false;                         // models in float32 arithmetic as well; the reference always is
  const std::atomic<bool>* cancel = nullptr;  // looked at between batches
  std::function<void(std::uint64_t done, std::uint64_t total)> on_progress;  // tokens of all passes; may be empty
};

struct EvalRow {
  std::string path;
  std::uint64_t file_bytes = 0;
  double bits_per_weight = 0;  // of all tensors
  std::size_t n_tokens = 0;
  double perplexity = 0;
  double tokens_per_s = 0;  // of reading the text with the logits of every position
  // Beside the reference; 0, 0, 1 without one.
  double mean_kld = 0, p99_kld = 0, same_top = 1;
};

struct EvalTable {
  std::vector<EvalRow> models;  // in the order they were given
  std::optional<EvalRow> reference;
};

// models: paths of GGUF files, one at least; reference: a path, or empty. All must read `text` as the same tokens when
// there is a reference. Errors: those of opening a model; kBadRequest (the text has less than two tokens; another
// vocabulary than the reference's), kBadFile (logits that are no numbers), kCancelled.
Result<EvalTable> evaluate_models(const std::vector<std::string>& models, const std::string& reference,
                                  std::string_view text, const EvalOptions& options);

}  // namespace sotto::evaluate
