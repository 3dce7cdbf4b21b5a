#include "published/merge_scores.h"

#include <fmt/format.h>

#include <cstdint>
#include <deque>
#include <string_view>
#include <unordered_map>

#include "gguf/report.h"
#include "text/hash.h"

namespace sotto::published {
namespace {

using gguf::quote;

struct Hash {
  std::size_t operator()(std::string_view bytes) const { return text::hash_bytes(bytes, text::hash_seed()); }
};
using Ids = std::unordered_map<std::string_view, std::uint32_t, Hash>;

// Tokens by their spelling. Those of other kinds than normal are found before anything merges, and never merged.
struct Spellings {
  Ids ids;
  const std::vector<TokenKind>* kinds;
  std::deque<std::string> respelt;

  bool merges(std::string_view spelling) const {
    const auto found = ids.find(spelling);
    return found != ids.end() && (*kinds)[found->second] == TokenKind::kNormal;
  }
};

std::string with_marks(const std::string& token) {
  std::string marked;
  for (const char c : token) {
    if (c == ' ') {
      marked += "\xE2\x96\x81";
    } else {
      marked += c;
    }
  }
  return marked;
}

Spellings index_tokens(const Vocabulary& vocabulary) {
  Spellings spellings{{}, &vocabulary.kinds, {}};
  spellings.ids.reserve(vocabulary.tokens.size());
  for (std::size_t id = 0; id < vocabulary.tokens.size(); ++id) {
    const std::string& token = vocabulary.tokens[id];
    if (token.empty()) continue;
    const auto number = static_cast<std::uint32_t>(id);
    spellings.ids.emplace(token, number);
    // Merges write the spaces of user-defined tokens as U+2581.
    if (token.find(' ') != std::string::npos) {
      spellings.ids.emplace(spellings.respelt.emplace_back(with_marks(token)), number);
    }
  }
  return spellings;
}

bool is_inside_character(char c) { return (c & 0xC0) == 0x80; }

// How many pairs of tokens are written like this one. A token costs its square: `budget` is what all of them may.
std::uint64_t count_pairs(std::string_view text, const Spellings& spellings, std::uint64_t& budget) {
  const std::uint64_t cost = text.size() * text.size();
  if (cost > budget) return UINT64_MAX;
  budget -= cost;
  std::uint64_t n = 0;
  for (std::size_t cut = 1; cut < text.size(); ++cut) {
    if (is_inside_character(text[cut])) continue;
    n += spellings.merges(text.substr(0, cut)) && spellings.merges(text.substr(cut));
  }
  return n;
}

// Whether every token is merged from all pairs that are written like it. Goes by ids, so that a file is always refused
// in the same words.
Result<void> check_pairs(const Vocabulary& vocabulary, const Spellings& spellings,
                         const std::vector<std::uint64_t>& n_pairs, const std::string& path) {
  std::uint64_t budget = std::uint64_t{1} << 30;  // a tenth would do for what is published
  for (std::size_t id = 0; id < vocabulary.tokens.size(); ++id) {
    const std::string& token = vocabulary.tokens[id];
    const auto known = spellings.ids.find(token);
    if (known == spellings.ids.end() || known->second != id || !spellings.merges(token)) continue;
    if (count_pairs(token, spellings, budget) == n_pairs[id]) continue;
    return unsupported(path, fmt::format("merges do not give {} in every way it can be put together, as GGUF files of "
                                         "such tokenizers do; a tokenizer.model beside it would say more",
                                         quote(token)));
  }
  return {};
}

}  // namespace

Result<std::vector<float>> scores_of_merges(const Vocabulary& vocabulary, const std::string& path) {
  const Spellings spellings = index_tokens(vocabulary);
  const Ids& ids = spellings.ids;
  std::vector<float> scores(vocabulary.tokens.size(), 0.0f);
  std::vector<std::uint64_t> n_pairs(vocabulary.tokens.size(), 0);
  std::uint32_t n_merged = 0, last = UINT32_MAX;
  for (std::size_t rank = 0; rank < vocabulary.merges.size(); ++rank) {
    const std::string& merge = vocabulary.merges[rank];
    const std::size_t space = merge.find(' ');
    const std::string left = merge.substr(0, space), right = merge.substr(space + 1), both = left + right;
    const auto merged = ids.find(both);
    if (merged == ids.end() || !ids.contains(left) || !ids.contains(right)) {
      return damaged(path, fmt::format("model.merges: merge {} is {}, of or to what is no token", rank, quote(merge)));
    }
    if (!spellings.merges(both) || !spellings.merges(left) || !spellings.merges(right)) continue;
    const std::uint32_t id = merged->second;
    if (id != last && n_pairs[id] > 0) {
      return unsupported(path, fmt::format("merges that give {} do not stand together: no scores, which GGUF files of "
                                           "such tokenizers have, merge in this order",
                                           quote(both)));
    }
    if (n_pairs[id]++ == 0) scores[id] = -static_cast<float>(n_merged++);
    last = id;
  }
  for (std::size_t id = 0; id < scores.size(); ++id) {
    if (vocabulary.kinds[id] == TokenKind::kNormal && n_pairs[id] == 0) scores[id] = -static_cast<float>(n_merged);
  }
  if (auto checked = check_pairs(vocabulary, spellings, n_pairs, path); !checked) return forward_error(checked);
  return scores;
}

}  // namespace sotto::published
