#include "evaluate/subject.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>

namespace sotto::evaluate {

Result<std::unique_ptr<Subject>> Subject::open(const std::string& path, int threads, bool exact) {
  auto file = gguf::File::open(path);
  if (!file) return forward_error(file);
  std::unique_ptr<Subject> subject(new Subject(std::move(*file)));
  auto language = engine::Language::read(subject->file_);
  if (!language) return forward_error(language);
  subject->language_.emplace(std::move(*language));
  model::LoadOptions options;
  options.threads = threads;
  options.exact_activations = exact;
  auto model = model::Model::load(subject->file_, options);
  if (!model) return forward_error(model);
  subject->model_ = std::move(*model);
  if (subject->language_->tokenizer().size() > subject->model_->spec().n_vocab) {
    return Unexpected(
        ErrorCode::kBadFile,
        fmt::format("{}: tokenizer.ggml.tokens has {} tokens and the embedding {} rows; expected a row for "
                    "each token. The file is damaged or was converted wrongly.",
                    path, subject->language_->tokenizer().size(), subject->model_->spec().n_vocab));
  }
  return subject;
}

std::size_t Subject::chunk_tokens() const {
  const auto trained = static_cast<std::size_t>(std::max(model_->spec().train_ctx_tokens, 0));
  return trained > 1 ? std::min(trained, kChunkTokens) : kChunkTokens;
}

double Subject::bits_per_weight() const {
  double bytes = 0, values = 0;
  for (const gguf::Tensor& tensor : file_.tensors()) {
    bytes += static_cast<double>(tensor.data.size());
    values += static_cast<double>(tensor.n_values());
  }
  return values > 0 ? 8 * bytes / values : 0;
}

void Subject::read(std::span<const Token> tokens, std::span<float> logits) {
  const auto start = std::chrono::steady_clock::now();
  model_->forward(*cache_, tokens, model::LogitsFor::kAll, logits);
  seconds_ += std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

}  // namespace sotto::evaluate
