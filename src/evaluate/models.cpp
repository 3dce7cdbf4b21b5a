#include "evaluate/models.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <optional>

#include "base/thread_pool.h"
#include "engine/border.h"
#include "evaluate/subject.h"

namespace sotto::evaluate {
namespace {

// Models whose files are this large together are open at a time and share one pass of the reference.
constexpr std::uint64_t kGroupBytes = std::uint64_t{1} << 30;

struct Measured {
  std::unique_ptr<Subject> subject;
  Scores scores;
};

class Pass {
 public:
  Pass(const EvalOptions& options, std::string_view text, std::uint64_t total_tokens)
      : options_(options), text_(text), total_tokens_(total_tokens), pool_(thread_count(options)) {}

  // reference: nullptr, or open.
  Result<void> run(std::vector<Measured>& models, Measured* reference);

 private:
  static int thread_count(const EvalOptions& options) {
    return options.threads > 0 ? options.threads : base::default_thread_count();
  }
  Result<void> choose_chunks(const std::vector<Measured>& models, const Measured* reference);
  Result<void> read_batch(std::vector<Measured>& models, Measured* reference, const std::vector<Token>& chunk,
                          std::size_t first);
  void read(Measured& model, std::span<const Token> tokens, std::vector<float>& logits);
  Result<void> score(Measured& model, const std::vector<float>& logits, bool beside);

  const EvalOptions& options_;
  std::string_view text_;
  std::uint64_t total_tokens_, done_tokens_ = 0;
  base::ThreadPool pool_;
  Chunks chunks_;
  std::vector<float> expected_, found_;  // [kBatchRows, n_vocab]
  std::vector<std::int32_t> following_;  // of a batch; -1: nothing
  std::vector<Scores::Position> positions_;
};

Unexpected refuse_vocabulary(const Subject& model, const Subject& reference) {
  return Unexpected(ErrorCode::kBadRequest,
                    fmt::format("{}: reads the text as other tokens than {}; models can be compared only where their "
                                "vocabulary is the same",
                                model.file().path(), reference.file().path()));
}

Result<void> Pass::choose_chunks(const std::vector<Measured>& models, const Measured* reference) {
  const Subject& first = reference != nullptr ? *reference->subject : *models.front().subject;
  chunks_ = chunks_of(first.language(), text_, options_.n_tokens, first.chunk_tokens());
  if (chunks_.empty()) {
    return Unexpected(ErrorCode::kBadRequest, "the text to measure on has less than two tokens; give a longer one");
  }
  for (const Measured& model : models) {
    const Subject& own = *model.subject;
    const bool same = own.n_vocab() == first.n_vocab() &&
                      chunks_of(own.language(), text_, options_.n_tokens, first.chunk_tokens()) == chunks_;
    if (!same) return refuse_vocabulary(own, first);
  }
  return {};
}

Result<void> Pass::score(Measured& model, const std::vector<float>& logits, bool beside) {
  const std::size_t n_vocab = model.subject->n_vocab();
  positions_.resize(following_.size());
  pool_.run(static_cast<int>(following_.size()), [&](int index, int) {
    const auto i = static_cast<std::size_t>(index);
    const auto row_in = [&](const std::vector<float>& rows) { return std::span(rows).subspan(i * n_vocab, n_vocab); };
    const Distribution own = distribution_of(row_in(logits));
    positions_[i] = beside ? Scores::compare(distribution_of(row_in(expected_)), own, following_[i])
                           : Scores::alone(own, following_[i]);
    if (std::isnan(own.log_total)) positions_[i].kld = own.log_total;
  });
  for (const Scores::Position& position : positions_) {
    if (std::isnan(position.kld)) {
      return Unexpected(ErrorCode::kBadFile, fmt::format("{}: found logits that are NaN, expected numbers; the weights "
                                                         "are damaged, or of another architecture than the file says",
                                                         model.subject->file().path()));
    }
    model.scores.add(position);
  }
  return {};
}

void Pass::read(Measured& model, std::span<const Token> tokens, std::vector<float>& logits) {
  const std::size_t n_vocab = model.subject->n_vocab();
  logits.resize(std::max(logits.size(), kBatchRows * n_vocab));
  model.subject->read(tokens, std::span(logits).first(tokens.size() * n_vocab));
}

Result<void> Pass::read_batch(std::vector<Measured>& models, Measured* reference, const std::vector<Token>& chunk,
                              std::size_t first) {
  const std::size_t count = std::min(kBatchRows, chunk.size() - first);
  const auto tokens = std::span(chunk).subspan(first, count);
  following_.assign(count, -1);
  for (std::size_t i = 0; i < count && first + i + 1 < chunk.size(); ++i) following_[i] = chunk[first + i + 1];
  if (reference != nullptr) {
    read(*reference, tokens, expected_);
    if (auto scored = score(*reference, expected_, false); !scored) return scored;
  }
  for (Measured& model : models) {
    if (options_.cancel != nullptr && *options_.cancel) return Unexpected(ErrorCode::kCancelled, "measuring: stopped");
    read(model, tokens, found_);
    if (auto scored = score(model, found_, reference != nullptr); !scored) return scored;
    done_tokens_ += count;
    if (options_.on_progress) options_.on_progress(done_tokens_, std::max(total_tokens_, done_tokens_));
  }
  return {};
}

Result<void> Pass::run(std::vector<Measured>& models, Measured* reference) {
  if (auto chosen = choose_chunks(models, reference); !chosen) return chosen;
  for (const std::vector<Token>& chunk : chunks_) {
    if (reference != nullptr) reference->subject->begin_chunk(chunk.size());
    for (Measured& model : models) model.subject->begin_chunk(chunk.size());
    for (std::size_t first = 0; first < chunk.size(); first += kBatchRows) {
      if (auto read = read_batch(models, reference, chunk, first); !read) return read;
    }
  }
  return {};
}

EvalRow row_of(const Subject& subject, const Scores& scores, bool beside) {
  EvalRow row;
  row.path = subject.file().path();
  row.file_bytes = subject.file().size_bytes();
  row.bits_per_weight = subject.bits_per_weight();
  row.n_tokens = scores.n_positions();
  row.perplexity = scores.perplexity();
  row.tokens_per_s = subject.seconds() > 0 ? static_cast<double>(row.n_tokens) / subject.seconds() : 0;
  if (!beside) return row;
  row.mean_kld = scores.mean_kld();
  row.p99_kld = scores.percentile_kld(99);
  row.same_top = scores.same_top();
  return row;
}

// The paths from `first` on that are open together: one at least.
std::size_t end_of_group(const std::vector<std::string>& paths, std::size_t first) {
  std::uint64_t bytes = 0;
  std::size_t end = first;
  for (; end < paths.size(); ++end) {
    std::error_code problem;
    const auto size = std::filesystem::file_size(paths[end], problem);
    bytes += problem ? 0 : static_cast<std::uint64_t>(size);
    if (end > first && bytes > kGroupBytes) break;
  }
  return end;
}

Result<std::vector<Measured>> open_all(const std::vector<std::string>& paths, std::size_t first, std::size_t end,
                                       const EvalOptions& options, bool exact) {
  std::vector<Measured> opened;
  for (; first < end; ++first) {
    auto subject = Subject::open(paths[first], options.threads, exact);
    if (!subject) return forward_error(subject);
    opened.push_back({std::move(*subject), {}});
  }
  return opened;
}

Result<EvalTable> evaluate(const std::vector<std::string>& models, const std::string& reference, std::string_view text,
                           const EvalOptions& options) {
  std::optional<Measured> beside;
  if (!reference.empty()) {
    auto opened = Subject::open(reference, options.threads, true);
    if (!opened) return forward_error(opened);
    beside.emplace(Measured{std::move(*opened), {}});
  }
  EvalTable table;
  Pass pass(options, text, options.n_tokens * models.size());
  for (std::size_t first = 0; first < models.size();) {
    const std::size_t end = end_of_group(models, first);
    auto group = open_all(models, first, end, options, options.exact);
    if (!group) return forward_error(group);
    if (beside) beside->scores = {};
    if (auto run = pass.run(*group, beside ? &*beside : nullptr); !run) return forward_error(run);
    for (const Measured& model : *group)
      table.models.push_back(row_of(*model.subject, model.scores, beside.has_value()));
    first = end;
  }
  if (beside) table.reference = row_of(*beside->subject, beside->scores, false);
  return table;
}

}  // namespace

Result<EvalTable> evaluate_models(const std::vector<std::string>& models, const std::string& reference,
                                  std::string_view text, const EvalOptions& options) {
  return engine::at_border([&] { return evaluate(models, reference, text, options); });
}

}  // namespace sotto::evaluate
