#include "published/tekken.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <optional>
#include <unordered_map>

#include "gguf/report.h"
#include "published/tokenizer_pre.h"
#include "text/byte_alphabet.h"
#include "text/hash.h"

namespace sotto::published {
namespace {

using gguf::quote;

constexpr std::size_t kMaxTokenBytes = 1024;  // its pairs are looked for; published ones have up to a tenth
constexpr std::uint64_t kMaxWork = std::uint64_t{1} << 30;
// The control tokens of files that name none.
constexpr const char* kUsual[] = {"<unk>",
                                  "<s>",
                                  "</s>",
                                  "[INST]",
                                  "[/INST]",
                                  "[AVAILABLE_TOOLS]",
                                  "[/AVAILABLE_TOOLS]",
                                  "[TOOL_RESULTS]",
                                  "[/TOOL_RESULTS]",
                                  "[TOOL_CALLS]"};

struct TekkenHash {
  std::size_t operator()(std::string_view bytes) const { return text::hash_bytes(bytes, text::hash_seed()); }
};
using Ranks = std::unordered_map<std::string_view, std::uint32_t, TekkenHash>;

std::optional<std::uint32_t> six_bits(char c) {
  if (c >= 'A' && c <= 'Z') return c - 'A';
  if (c >= 'a' && c <= 'z') return c - 'a' + 26;
  if (c >= '0' && c <= '9') return c - '0' + 52;
  if (c == '+') return 62;
  if (c == '/') return 63;
  return std::nullopt;
}

// Base64 with its padding (RFC 4648); nothing for anything else.
std::optional<std::string> decode_base64(std::string_view text) {
  if (text.size() % 4 != 0) return std::nullopt;
  const std::size_t padding = text.ends_with("==") ? 2 : text.ends_with("=") ? 1 : 0;
  std::string bytes;
  for (std::size_t i = 0; i < text.size(); i += 4) {
    std::uint32_t word = 0;
    for (std::size_t j = i; j < i + 4; ++j) {
      const auto bits = j < text.size() - padding ? six_bits(text[j]) : std::optional<std::uint32_t>(0);
      if (!bits) return std::nullopt;
      word = word << 6 | *bits;
    }
    for (const int shift : {16, 8, 0}) bytes += static_cast<char>(word >> shift);
  }
  bytes.resize(bytes.size() - padding);
  return bytes;
}

// How many tokens the model has, and how many of them stand before those that merge.
struct TekkenSizes {
  std::uint64_t all = 0, special = 0;
};

Result<TekkenSizes> read_sizes(const Json& tekken, const std::string& path, std::uint64_t n_vocab) {
  const Json* config = field(tekken, "config");
  TekkenSizes sizes;
  const std::pair<const char*, std::uint64_t*> numbers[] = {{"default_vocab_size", &sizes.all},
                                                            {"default_num_special_tokens", &sizes.special}};
  for (const auto& [name, number] : numbers) {
    const Json* value = config == nullptr ? nullptr : field(*config, name);
    if (value == nullptr || !value->is_number_unsigned() || value->get<std::uint64_t>() > n_vocab) {
      return damaged(
          path, fmt::format("config.{}: found {}, expected a whole number up to {}, config.json's vocab_size", name,
                            value == nullptr ? "nothing" : shown(*value), n_vocab));
    }
    *number = value->get<std::uint64_t>();
  }
  if (sizes.special < sizes.all) return sizes;
  return damaged(path,
                 fmt::format("config.default_num_special_tokens: found {}, expected less than the {} of all tokens",
                             sizes.special, sizes.all));
}

// The bytes of the tokens that merge, by rank.
Result<std::vector<std::string>> read_ranks(const Json& tekken, const std::string& path, std::uint64_t n) {
  const Json* list = field(tekken, "vocab");
  if (list == nullptr || !list->is_array() || list->size() < n) {
    return damaged(
        path,
        fmt::format("vocab: found {}, expected a list of at least {} tokens",
                    list == nullptr ? "nothing" : fmt::format("{} of {} values", list->type_name(), list->size()), n));
  }
  std::vector<std::string> tokens;
  std::uint64_t work = 0;
  for (const Json& item : *list) {
    if (tokens.size() == n) break;
    const Json* rank = field(item, "rank");
    const auto bytes = decode_base64(text_field(item, "token_bytes"));
    const bool in_order = rank != nullptr && rank->is_number_unsigned() && rank->get<std::uint64_t>() == tokens.size();
    if (!in_order || !bytes || bytes->empty() || bytes->size() > kMaxTokenBytes) {
      return damaged(path,
                     fmt::format("vocab: found {}, expected the rank {} and token_bytes, up to {} of them in base64",
                                 shown(item), tokens.size(), kMaxTokenBytes));
    }
    work += bytes->size() * bytes->size();
    tokens.push_back(*bytes);
  }
  if (work <= kMaxWork) return tokens;
  return damaged(path, "vocab: its tokens are longer than those of real files, expected a few bytes each");
}

Result<Ranks> index_ranks(const std::vector<std::string>& tokens, const std::string& path) {
  Ranks ranks;
  ranks.reserve(tokens.size());
  for (std::size_t rank = 0; rank < tokens.size(); ++rank) {
    const auto [other, is_new] = ranks.emplace(tokens[rank], static_cast<std::uint32_t>(rank));
    if (is_new) continue;
    return damaged(path, fmt::format("vocab: ranks {} and {} have the same bytes {}, expected others", other->second,
                                     rank, quote(tokens[rank])));
  }
  return ranks;
}

// All pairs that give `token`, those of early parts first.
void append_merges(const std::string& token, const Ranks& ranks, std::vector<std::string>& merges) {
  std::vector<std::pair<std::uint32_t, std::uint32_t>> pairs;
  std::vector<std::size_t> cuts;
  const std::string_view text = token;
  for (std::size_t cut = 1; cut < text.size(); ++cut) {
    const auto left = ranks.find(text.substr(0, cut));
    if (left == ranks.end()) continue;
    const auto right = ranks.find(text.substr(cut));
    if (right != ranks.end()) pairs.emplace_back(left->second, right->second), cuts.push_back(cut);
  }
  std::vector<std::size_t> order(pairs.size());
  for (std::size_t i = 0; i < order.size(); ++i) order[i] = i;
  std::ranges::sort(order, {}, [&](std::size_t i) { return pairs[i]; });
  for (const std::size_t i : order) {
    merges.push_back(text::spell_bytes(text.substr(0, cuts[i])) + " " + text::spell_bytes(text.substr(cuts[i])));
  }
}

// The control tokens, under their ranks; the others of their kind get a name that no text has.
Result<void> read_special(const Json& tekken, const std::string& path, std::uint64_t n_special, std::uint64_t n_vocab,
                          Vocabulary& vocabulary) {
  std::vector<std::string> names(n_special);
  std::vector<bool> control(n_special, true);
  const Json* list = field(tekken, "special_tokens");
  if (list == nullptr) {
    std::copy_n(kUsual, std::min<std::size_t>(n_special, std::size(kUsual)), names.begin());
  } else if (!list->is_array()) {
    return damaged(path, "special_tokens: found " + shown(*list) + ", expected a list");
  } else {
    for (const Json& item : *list) {
      const Json* rank = field(item, "rank");
      const std::string name = text_field(item, "token_str");
      const bool sound = rank != nullptr && rank->is_number_unsigned() && rank->get<std::uint64_t>() < n_special;
      if (!sound || name.empty() || !names[rank->get<std::size_t>()].empty()) {
        return damaged(path,
                       fmt::format("special_tokens: found {}, expected a token_str and a rank of its own below {}",
                                   shown(item), n_special));
      }
      names[rank->get<std::size_t>()] = name;
      const Json* is_control = field(item, "is_control");
      control[rank->get<std::size_t>()] = is_control == nullptr || *is_control != false;
    }
  }
  for (std::size_t id = 0; id < names.size(); ++id) {
    const std::string name = names[id].empty() ? fmt::format("<SPECIAL_{}>", id) : names[id];
    add_token(vocabulary, id, name, control[id] || names[id].empty(), n_vocab);
  }
  return {};
}

// The pattern by which a text is cut before anything merges, as tokenizer.json would say it.
Result<std::string> name_pattern(const Json& tekken, const std::string& path) {
  const Json* config = field(tekken, "config");
  const std::string pattern = config == nullptr ? std::string() : text_field(*config, "pattern");
  const Json split = {{"type", "Split"}, {"behavior", "Isolated"}, {"pattern", {{"Regex", pattern}}}};
  const Json bytes = {{"type", "ByteLevel"}, {"add_prefix_space", false}, {"use_regex", false}};
  return name_pretokenizer({{"pre_tokenizer", {{"type", "Sequence"}, {"pretokenizers", Json::array({split, bytes})}}},
                            {"model", {{"ignore_merges", true}}}},
                           path);
}

}  // namespace

Result<Vocabulary> read_tekken(const Json& tekken, const std::string& path, std::uint64_t n_vocab) {
  const auto sizes = read_sizes(tekken, path, n_vocab);
  if (!sizes) return Unexpected(sizes.error());
  const auto pre = name_pattern(tekken, path);
  if (!pre) return Unexpected(pre.error());
  const auto tokens = read_ranks(tekken, path, sizes->all - sizes->special);
  if (!tokens) return Unexpected(tokens.error());
  const auto ranks = index_ranks(*tokens, path);
  if (!ranks) return Unexpected(ranks.error());
  Vocabulary vocabulary;
  vocabulary.model = "gpt2";
  vocabulary.pre = *pre;
  vocabulary.tokens.resize(sizes->special);
  vocabulary.kinds.assign(sizes->special, TokenKind::kUnused);
  for (const std::string& token : *tokens) {
    vocabulary.tokens.push_back(text::spell_bytes(token));
    vocabulary.kinds.push_back(TokenKind::kNormal);
    append_merges(token, *ranks, vocabulary.merges);
  }
  if (auto read = read_special(tekken, path, sizes->special, n_vocab, vocabulary); !read) return forward_error(read);
  vocabulary.unknown = "<unk>";
  vocabulary.first_token = "<s>";
  vocabulary.last_token = "</s>";
  vocabulary.add_bos = true;  // Mistral's encoders always do
  vocabulary.add_eos = false;
  return vocabulary;
}

}  // namespace sotto::published
