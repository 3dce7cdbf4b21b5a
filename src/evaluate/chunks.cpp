#include "evaluate/chunks.h"

#include <algorithm>

namespace sotto::evaluate {
namespace {

// What a text begins with before its own tokens.
std::vector<Token> beginning(const std::vector<Token>& with_ends, const std::vector<Token>& own) {
  for (std::size_t n = 0; n + own.size() <= with_ends.size(); ++n) {
    const auto at = with_ends.begin() + static_cast<std::ptrdiff_t>(n);
    if (std::equal(own.begin(), own.end(), at)) return {with_ends.begin(), at};
  }
  return {};
}

}  // namespace

Chunks chunks_of(const engine::Language& language, std::string_view text, std::size_t n_tokens,
                 std::size_t chunk_tokens) {
  const std::vector<Token> own = language.tokenize(text, false);
  const std::vector<Token> begin = beginning(language.tokenize(text, true), own);
  Chunks chunks;
  std::size_t left = n_tokens;
  for (std::size_t at = 0; at < own.size() && left > begin.size();) {
    const std::size_t room = std::min(chunk_tokens, left) - begin.size();
    const std::size_t take = std::min(room, own.size() - at);
    std::vector<Token> chunk = begin;
    const auto first = own.begin() + static_cast<std::ptrdiff_t>(at);
    chunk.insert(chunk.end(), first, first + static_cast<std::ptrdiff_t>(take));
    at += take;
    left -= chunk.size();
    if (chunk.size() > 1) chunks.push_back(std::move(chunk));
  }
  return chunks;
}

std::size_t count_tokens(const Chunks& chunks) {
  std::size_t n = 0;
  for (const auto& chunk : chunks) n += chunk.size();
  return n;
}

}  // namespace sotto::evaluate
