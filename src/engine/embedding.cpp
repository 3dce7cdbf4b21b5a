#include "engine/embedding.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <mutex>

namespace sotto::engine {
namespace {

// Between groups of so many texts others may have their turn.
constexpr std::size_t kGroupTexts = 64;

}  // namespace

Result<std::vector<std::vector<float>>> embed_texts(std::span<const std::string> texts, const Language& language,
                                                    model::Encoder& encoder, TurnLock& turn, int ctx_tokens) {
  std::vector<model::Encoder::Text> tokens;
  tokens.reserve(texts.size());
  for (const std::string& text : texts) {
    tokens.push_back(language.tokenize(text, true));
    const std::size_t n = tokens.back().size(), number = tokens.size();
    if (n > static_cast<std::size_t>(ctx_tokens))
      return Unexpected(ErrorCode::kContextFull,
                        fmt::format("text {} of {} has {} tokens, and the model takes {} at a time; split it", number,
                                    texts.size(), n, ctx_tokens));
    if (n == 0)
      return Unexpected(ErrorCode::kBadRequest,
                        fmt::format("text {} of {} is empty, and the model has no token that begins a text; give it a "
                                    "word",
                                    number, texts.size()));
  }
  const auto dim = static_cast<std::size_t>(encoder.spec().embedding_dim());
  std::vector<std::vector<float>> vectors;
  vectors.reserve(texts.size());
  std::vector<float> rows(std::min(kGroupTexts, texts.size()) * dim);
  for (std::size_t done = 0; done < tokens.size(); done += kGroupTexts) {
    const auto group = std::span(tokens).subspan(done, std::min(kGroupTexts, tokens.size() - done));
    {
      const std::scoped_lock lock(turn);
      encoder.embed(group, rows.data());
    }
    for (std::size_t i = 0; i < group.size(); ++i) {
      const std::span row(rows.data() + i * dim, dim);
      if (!std::ranges::all_of(row, [](float value) { return std::isfinite(value); }))
        return Unexpected(ErrorCode::kBadFile,
                          fmt::format("the embedding of text {} of {} contains an infinity or NaN: the "
                                      "model's weights are damaged; fetch or convert the file again",
                                      done + i + 1, texts.size()));
      vectors.emplace_back(row.begin(), row.end());
    }
  }
  return vectors;
}

}  // namespace sotto::engine
