// Any vocabulary and any text: a tokenizer is made or refused, and whatever is made keeps its
// promises.
#include <fuzzer/FuzzedDataProvider.h>

#include <cstdlib>
#include <deque>
#include <string>

#include "text/pretokenizer.h"
#include "text/tokenizer.h"
#include "text/utf8.h"

namespace {

using namespace sotto::text;

// Aborts, for the fuzzer to see.
void require(bool promise) {
  if (!promise) std::abort();
}

// The vocabulary's strings live in `kept`.
Vocab any_vocab(FuzzedDataProvider& data, std::deque<std::string>& kept) {
  Vocab vocab;
  vocab.model = data.PickValueInArray({"gpt2", "llama", "bert", "other"});
  const auto names = pretokenizer_names();
  vocab.pre =
      data.ConsumeBool() ? std::string(names[data.ConsumeIntegralInRange<std::size_t>(0, names.size() - 1)]) : "";
  const auto text = [&] { return std::string_view(kept.emplace_back(data.ConsumeRandomLengthString(24))); };
  const int n_tokens = data.ConsumeIntegralInRange(0, 60);
  for (int i = 0; i < n_tokens; ++i) vocab.tokens.push_back(text());
  if (data.ConsumeBool()) {
    for (int i = 0; i < n_tokens; ++i)
      vocab.kinds.push_back(static_cast<TokenKind>(data.ConsumeIntegralInRange(-1, 8)));
  }
  if (data.ConsumeBool()) {
    for (int i = 0; i < n_tokens; ++i) vocab.scores.push_back(data.ConsumeFloatingPoint<float>());
  }
  const int n_merges = data.ConsumeIntegralInRange(0, 12);
  for (int i = 0; i < n_merges; ++i) {
    if (vocab.tokens.empty() || data.ConsumeBool()) {
      vocab.merges.push_back(text());
      continue;
    }
    const auto any_token = [&] {
      return vocab.tokens[data.ConsumeIntegralInRange<std::size_t>(0, vocab.tokens.size() - 1)];
    };
    const std::string_view left = any_token(), right = any_token();
    vocab.merges.push_back(kept.emplace_back(std::string(left) + " " + std::string(right)));
  }
  for (TokenId* id : {&vocab.bos, &vocab.eos, &vocab.eot, &vocab.unk}) *id = data.ConsumeIntegralInRange(-2, n_tokens);
  vocab.add_space_prefix = data.ConsumeBool();
  vocab.remove_extra_whitespaces = data.ConsumeBool();
  vocab.family = data.ConsumeBool() ? "phi3" : "";
  vocab.ranked_merges = data.ConsumeBool();
  return vocab;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  FuzzedDataProvider data(bytes, size);
  std::deque<std::string> kept;
  auto made = Tokenizer::create(any_vocab(data, kept));
  if (!made) {
    require(!made.error().message.empty());
    return 0;
  }
  const Tokenizer& tokenizer = **made;
  std::vector<Piece> pieces;
  bool any_trust = false;
  while (data.remaining_bytes() > 0 && pieces.size() < 8) {
    const bool trusted = data.ConsumeBool();
    any_trust = any_trust || trusted;
    pieces.push_back({data.ConsumeRandomLengthString(2000), trusted});
  }
  const auto ids = tokenizer.encode(pieces);
  Detokenizer detokenizer(tokenizer);
  for (const TokenId id : ids) {
    require(id >= 0 && id < tokenizer.size());
    // The unknown token stands for what has no other: it alone may come out of untrusted text.
    require(any_trust || id == tokenizer.vocab().unk || !tokenizer.is_control(id));
    const std::string shown = detokenizer.push(id);
    require(find_invalid_utf8(shown) == shown.size());
  }
  const std::string last = detokenizer.finish();
  require(find_invalid_utf8(last) == last.size());
  return 0;
}
