// Holds the two-pass vocabulary head to the full one, token by token of real text.
//
//   sotto_head_check MODEL TEXT... [--tokens N] [--skip N] [--stride N] [--threads N]
//
// The texts are read in pieces of 256 tokens, each from an empty context, until N tokens are checked; when they are
// used up they begin anew. For each token the full head gives the reference. Prints one line of JSON: the tokens; for
// how many the greedy choice and the top 40 are the same, logits included; the greatest |error| of an estimate in
// predicted deviations, over all rows of each `stride`-th token; rows computed exactly, of how many.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cmath>
#include <fstream>
#include <iterator>
#include <numeric>

#include "engine/language.h"
#include "model/decoder.h"
#include "ops/head.h"

namespace {

using sotto::Token;

constexpr int kPiece = 256, kStep = 8;  // tokens of a context; tokens a forward pass
constexpr int kTop = 40;

int fail(const std::string& message) {
  std::fprintf(stderr, "sotto_head_check: %s\n", message.c_str());
  return 1;
}

// The `n` greatest, ties to the lower token, with their logits.
std::vector<std::pair<float, Token>> greatest(const std::vector<float>& logits, std::size_t n) {
  std::vector<std::pair<float, Token>> all(logits.size());
  for (std::size_t i = 0; i < all.size(); ++i) all[i] = {-logits[i], static_cast<Token>(i)};
  std::partial_sort(all.begin(), all.begin() + static_cast<std::ptrdiff_t>(n), all.end());
  all.resize(n);
  return all;
}

std::int64_t percentile(std::vector<std::int64_t> values, double share) {
  std::sort(values.begin(), values.end());
  return values[static_cast<std::size_t>(share * static_cast<double>(values.size() - 1))];
}

// The head of a file, in planes of its own.
class Checker {
 public:
  Checker(const sotto::gguf::File& file, const sotto::gguf::Tensor& tensor, int threads)
      : pool_(threads), weights_(file, tensor, sotto::ops::Layout::kTwoPlanes), memory_(weights_.packed_bytes()) {
    if (weights_.packed_bytes() > 0) weights_.pack(memory_.as<std::uint8_t>(), pool_);
    full_.resize(static_cast<std::size_t>(weights_.rows()));
    sparse_.resize(full_.size());
  }

  bool has_planes() const { return weights_.has_planes(); }

  // input: [model_dim] f32
  void check(const float* input, bool with_deviations) {
    x_.set(input, 1, weights_.cols(), sotto::ops::Precision::kRefined);
    sotto::ops::multiply(x_, weights_, full_.data(), pool_);
    const auto expected = greatest(full_, kTop);
    n_same_greedy_ += same({.count = 1}, {expected.begin(), expected.begin() + 1}, greedy_rows_);
    n_same_top_ += same({.count = kTop}, expected, top_rows_);
    if (with_deviations) note_deviations();
    ++n_tokens_;
  }

  std::string report() const {
    return fmt::format(
        R"({{"tokens": {}, "same_greedy": {}, "same_top_{}": {}, "rows": {}, "estimates": {}, "max_deviations": {:.3f}, )"
        R"("greedy_p50": {}, "greedy_p90": {}, "top_{}_p50": {}, "top_{}_p90": {}}})",
        n_tokens_, n_same_greedy_, kTop, n_same_top_, weights_.rows(), n_estimates_, most_deviations_,
        percentile(greedy_rows_, 0.5), percentile(greedy_rows_, 0.9), kTop, percentile(top_rows_, 0.5), kTop,
        percentile(top_rows_, 0.9));
  }

 private:
  int same(const sotto::ops::Best& best, const std::vector<std::pair<float, Token>>& expected,
           std::vector<std::int64_t>& rows) {
    sotto::ops::Head head;  // a new one takes two passes, whatever the last one came to
    head.run(x_, weights_, best, sparse_.data(), pool_);
    rows.push_back(head.n_exact());
    return static_cast<int>(greatest(sparse_, expected.size()) == expected);
  }

  void note_deviations() {
    sotto::ops::estimate_head(x_, 0, weights_, estimates_, deviations_);
    for (std::size_t i = 0; i < full_.size(); ++i) {
      if (deviations_[i] > 0)
        most_deviations_ = std::max(most_deviations_, std::fabs(full_[i] - estimates_[i]) / deviations_[i]);
    }
    n_estimates_ += full_.size();
  }

  sotto::base::ThreadPool pool_;
  sotto::ops::Matrix weights_;
  sotto::base::AlignedBuffer memory_;
  sotto::ops::Activations x_;
  std::vector<float> full_, sparse_, estimates_, deviations_;  // [rows]
  std::vector<std::int64_t> greedy_rows_, top_rows_;           // for each token
  int n_tokens_ = 0, n_same_greedy_ = 0, n_same_top_ = 0;
  std::size_t n_estimates_ = 0;
  float most_deviations_ = 0;
};

// `n` tokens of the text from the `skip`-th on. Where it ends it begins anew, each time 37 tokens further, so that
// pieces are cut elsewhere.
std::vector<Token> endless(const std::vector<Token>& text, std::size_t skip, std::size_t n) {
  std::vector<Token> out;
  for (std::size_t i = skip; i < skip + n; ++i) out.push_back(text[(i + i / text.size() * 37) % text.size()]);
  return out;
}

void check_piece(sotto::model::Decoder& model, const std::vector<Token>& piece, int stride, Checker& checker) {
  const auto cache = model.new_cache(static_cast<int>(piece.size()));
  std::vector<float> logits(kStep * static_cast<std::size_t>(model.spec().n_vocab));
  for (std::size_t first = 0; first < piece.size(); first += kStep) {
    const auto tokens = std::span(piece).subspan(first, std::min<std::size_t>(kStep, piece.size() - first));
    model.forward(*cache, tokens, sotto::model::LogitsFor::kAll, logits);
    const auto inputs = model.head_input(static_cast<int>(tokens.size()));
    for (std::size_t t = 0; t < tokens.size(); ++t) {
      checker.check(inputs.data() + t * static_cast<std::size_t>(model.spec().model_dim),
                    (first + t) % static_cast<std::size_t>(stride) == 0);
    }
  }
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app("The two-pass head against the full one", "sotto_head_check");
  std::string path;
  std::vector<std::string> texts;
  std::size_t n_tokens = 20000, skip = 0;
  int threads = 2, stride = 10;
  app.add_option("model", path)->required();
  app.add_option("text", texts)->required()->check(CLI::ExistingFile);
  app.add_option("--tokens", n_tokens)->check(CLI::PositiveNumber);
  app.add_option("--skip", skip);
  app.add_option("--stride", stride)->check(CLI::PositiveNumber);
  app.add_option("--threads", threads)->check(CLI::Range(2, 64));
  CLI11_PARSE(app, argc, argv);

  auto file = sotto::gguf::File::open(path);
  if (!file) return fail(file.error().message);
  auto language = sotto::engine::Language::read(*file);
  if (!language) return fail(language.error().message);
  auto model = sotto::model::Model::load(*file, {.threads = threads});
  if (!model) return fail(model.error().message);
  const auto* untied = file->tensor("output.weight");
  Checker checker(*file, untied != nullptr ? *untied : *file->tensor("token_embd.weight"), threads);
  if (!checker.has_planes()) return fail(path + ": its head is of a type that has no two planes");

  std::vector<Token> text;
  for (const std::string& name : texts) {
    std::ifstream in(name);
    const auto tokens = language->tokenize(std::string(std::istreambuf_iterator<char>(in), {}), true);
    text.insert(text.end(), tokens.begin(), tokens.end());
  }
  for (std::size_t done = 0; done < n_tokens; done += kPiece) {
    check_piece(static_cast<sotto::model::Decoder&>(**model),
                endless(text, skip + done, std::min<std::size_t>(kPiece, n_tokens - done)), stride, checker);
  }
  std::puts(checker.report().c_str());
}
