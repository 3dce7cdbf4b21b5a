// One model that is measured: its file, its text, its forward pass a batch at a time.
#pragma once

#include <memory>
#include <optional>
#include <span>
#include <string>

#include "engine/language.h"
#include "evaluate/chunks.h"
#include "evaluate/divergence.h"
#include "gguf/file.h"
#include "model/kv_cache.h"
#include "model/model.h"

namespace sotto::evaluate {

inline constexpr std::size_t kBatchRows = 128;  // logits that are in memory at a time, of one model

class Subject {
 public:
  // Errors: those of File::open, Language::read and Model::load.
  static Result<std::unique_ptr<Subject>> open(const std::string& path, int threads, bool exact);

  const gguf::File& file() const { return file_; }
  const engine::Language& language() const { return *language_; }
  model::Model& model() { return *model_; }
  std::size_t n_vocab() const { return static_cast<std::size_t>(model_->spec().n_vocab); }
  std::size_t chunk_tokens() const;            // no more than it was trained for
  double seconds() const { return seconds_; }  // in forward passes
  double bits_per_weight() const;

  void begin_chunk(std::size_t n_tokens) { cache_ = model_->new_cache(static_cast<int>(n_tokens)); }
  // Reads on: logits [tokens.size(), n_vocab] f32, row-major.
  void read(std::span<const Token> tokens, std::span<float> logits);
  // The same without logits.
  void pass(std::span<const Token> tokens) { model_->forward(*cache_, tokens, model::LogitsFor::kNone, {}); }

 private:
  explicit Subject(gguf::File file) : file_(std::move(file)) {}

  gguf::File file_;
  std::optional<engine::Language> language_;
  std::unique_ptr<model::Model> model_;
  std::unique_ptr<model::KvCache> cache_;
  double seconds_ = 0;
};

}  // namespace sotto::evaluate
