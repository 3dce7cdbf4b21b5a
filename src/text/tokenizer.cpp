#include "text/tokenizer.h"

#include <fmt/format.h>

#include "text/bpe.h"
#include "text/sentencepiece.h"
#include "text/vocab_kind.h"
#include "text/wordpiece.h"

namespace sotto::text {
namespace {

Unexpected bad_vocab(std::string message) { return Unexpected(ErrorCode::kBadFile, std::move(message)); }

Result<void> check_ids(const Vocab& vocab) {
  const struct {
    std::string_view key;
    TokenId id;
  } ids[] = {{"bos", vocab.bos},       {"eos", vocab.eos},     {"eot", vocab.eot}, {"unknown", vocab.unk},
             {"seperator", vocab.sep}, {"padding", vocab.pad}, {"cls", vocab.cls}, {"mask", vocab.mask}};
  const auto n = static_cast<std::int64_t>(vocab.tokens.size());
  for (const auto& [key, id] : ids) {
    if (id >= kNoToken && id < n) continue;
    return bad_vocab(fmt::format("tokenizer.ggml.{}_token_id is {}; expected 0 to {}.", key, id, n - 1));
  }
  return {};
}

Result<void> check(const Vocab& vocab) {
  const std::size_t n = vocab.tokens.size();
  constexpr std::size_t kMost = 1u << 28;
  if (n == 0) return bad_vocab("tokenizer.ggml.tokens is empty or missing; expected the vocabulary.");
  if (n > kMost) return bad_vocab(fmt::format("tokenizer.ggml.tokens has {} entries; expected at most {}.", n, kMost));
  if (!vocab.scores.empty() && vocab.scores.size() != n) {
    return bad_vocab(fmt::format("tokenizer.ggml.scores has {} entries; expected {}.", vocab.scores.size(), n));
  }
  if (!vocab.kinds.empty() && vocab.kinds.size() != n) {
    return bad_vocab(fmt::format("tokenizer.ggml.token_type has {} entries; expected {}.", vocab.kinds.size(), n));
  }
  return check_ids(vocab);
}

}  // namespace

Result<std::unique_ptr<Tokenizer>> Tokenizer::create(Vocab vocab) {
  if (auto checked = check(vocab); !checked) return forward_error(checked);
  if (vocab.model == "gpt2") return BpeTokenizer::create(std::move(vocab));
  if (vocab.model == "llama") return SentencePieceTokenizer::create(std::move(vocab));
  if (vocab.model == "bert") return WordPieceTokenizer::create(std::move(vocab));
  return Unexpected(ErrorCode::kUnsupported,
                    fmt::format("tokenizer.ggml.model is '{}', which Sotto does not know. Known: {}.", vocab.model,
                                vocab_kind_names()));
}

std::vector<TokenId> Tokenizer::encode(std::string_view text, bool trusted) const {
  const Piece piece{std::string(text), trusted};
  return encode(std::span(&piece, 1));
}

std::string Tokenizer::decode(std::span<const TokenId> tokens) const {
  std::string text;
  for (const TokenId token : tokens) text += decode(token);
  // The space that stands before the first word of SentencePiece with a prefix, and of WordPiece.
  const bool prefixed = (vocab().model == "llama" && vocab().add_space_prefix) || vocab().model == "bert";
  if (prefixed && text.starts_with(' ')) text.erase(0, 1);
  return text;
}

}  // namespace sotto::text
