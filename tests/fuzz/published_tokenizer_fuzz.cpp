// Any bytes as tokenizer.json, as tekken.json and as tokenizer.model: a vocabulary is read or refused, its lists have
// one length, and what was read makes a tokenizer that encodes.
#include <cstddef>
#include <cstdint>
#include <cstdlib>

#include "published/sentencepiece_model.h"
#include "published/tekken.h"
#include "published/tokenizer_json.h"
#include "published/wordpiece.h"
#include "text/tokenizer.h"

namespace {

using namespace sotto::published;

void require(bool condition) {
  if (!condition) std::abort();
}

void check(const sotto::Result<Vocabulary>& vocabulary) {
  if (!vocabulary) return require(vocabulary.error().message.starts_with("fuzz: "));
  require(vocabulary->tokens.size() == vocabulary->kinds.size());
  if (vocabulary->tokens.size() > 1000) return;  // a gap up to a vast id
  sotto::text::Vocab vocab;
  vocab.model = vocabulary->model;
  vocab.pre = vocabulary->pre;
  vocab.tokens.assign(vocabulary->tokens.begin(), vocabulary->tokens.end());
  vocab.kinds = vocabulary->kinds;
  vocab.scores = vocabulary->scores;
  vocab.merges.assign(vocabulary->merges.begin(), vocabulary->merges.end());
  vocab.ranked_merges = !vocabulary->ranked.empty();
  const auto tokenizer = sotto::text::Tokenizer::create(vocab);
  if (tokenizer) (void)(*tokenizer)->encode("a ab \xE2\x96\x81 1234");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::span<const std::byte> bytes(reinterpret_cast<const std::byte*>(data), size);
  check(parse_sentencepiece(bytes, "fuzz"));
  const auto tokenizer = parse_object({reinterpret_cast<const char*>(data), size}, "fuzz");
  if (tokenizer && is_wordpiece(*tokenizer)) check(read_wordpiece_json(*tokenizer, "fuzz", 500));
  if (tokenizer) check(read_tekken(*tokenizer, "fuzz", 500));
  if (tokenizer) check(read_tokenizer_json(*tokenizer, "fuzz", 500));
  if (tokenizer) check(read_tokenizer_json(*tokenizer, "fuzz", 500, "gemma4"));
  return 0;
}
