// Walks through a grammar as the fuzzer's bytes say.
#pragma once

#include <cstdlib>
#include <string>
#include <utility>
#include <vector>

#include "grammar/matcher.h"

namespace sotto::fuzz {

inline void require(bool condition) {
  if (!condition) std::abort();
}

inline std::shared_ptr<const grammar::TokenTrie> vocabulary() {
  std::vector<std::string> bytes;
  for (int byte = 0; byte < 256; ++byte) bytes.emplace_back(1, static_cast<char>(byte));
  for (const char* more : {"{\"", "\":", "\"}", "[]", "ab", "aa", "\", \"", "12", "\n  "}) bytes.emplace_back(more);
  bytes.emplace_back();
  const auto end = static_cast<text::TokenId>(bytes.size()) - 1;
  return std::make_shared<const grammar::TokenTrie>(std::move(bytes), std::vector<text::TokenId>{end});
}

// The text when it came to its end; empty when the steps were too few, or work ran into a limit.
inline std::string walk(grammar::Grammar grammar, const std::uint8_t* data, std::size_t size) {
  static const auto trie = vocabulary();
  grammar::Matcher matcher(
      std::make_shared<grammar::TokenGrammar>(std::make_shared<const grammar::Grammar>(std::move(grammar)), trie));
  std::string text;
  for (std::size_t step = 0; step < 40; ++step) {
    const auto mask = matcher.mask();
    if (!mask) return "";
    require((*mask)->n_allowed > 0);
    // The allowed token at or after the one that the data names, round the vocabulary.
    auto token = static_cast<text::TokenId>(
        size == 0 ? 0 : (data[step % size] * 31u + step) % static_cast<unsigned>(trie->n_tokens()));
    while (!(*mask)->allows(token)) {
      const auto refused = matcher.accept(token);
      require(!refused || !*refused);
      token = (token + 1) % trie->n_tokens();
    }
    const auto accepted = matcher.accept(token);
    if (!accepted) return "";
    require(*accepted);
    if (trie->ends(token)) return text;
    text += trie->bytes_of(token);
  }
  return "";
}

}  // namespace sotto::fuzz
