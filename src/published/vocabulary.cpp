#include "published/vocabulary.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <span>

#include "gguf/report.h"
#include "published/chat_templates.h"
#include "published/sentencepiece_model.h"
#include "published/special_tokens.h"
#include "published/tekken.h"
#include "published/tokenizer_json.h"
#include "published/vocab_merges.h"
#include "published/wordpiece.h"

namespace sotto::published {
namespace {

using gguf::quote;

constexpr float kAddedScore = -1000, kUnusedScore = -10'000;

// Some families mark tokens that steer the model as ordinary additions; their spelling shows what they are.
bool looks_special(std::string_view token) {
  constexpr std::string_view kWideBar = "\xEF\xBD\x9C";  // U+FF5C
  const auto between = [&](std::string_view begin, std::string_view end) {
    return token.size() > begin.size() + end.size() && token.starts_with(begin) && token.ends_with(end);
  };
  return between("<|", ">") || between("<", "|>") ||
         between("<" + std::string(kWideBar), std::string(kWideBar) + ">") || between("<unused", ">") ||
         token == "<pad>" || token == "<mask>" || token == "<2mass>" || token == "[@BOS@]";
}

std::string with_spaces(std::string text) {
  for (std::size_t at = text.find(kSpace); at != std::string::npos; at = text.find(kSpace, at + 1)) {
    text.replace(at, kSpace.size(), " ");
  }
  return text;
}

// The additions of a folder without tokenizer.json: {"<token>": id}, and by id with what they are.
Result<void> read_older_additions(const std::string& folder, const Json& tokenizer_config, std::uint64_t n_vocab,
                                  Vocabulary& vocabulary) {
  const std::string path = folder + "/added_tokens.json";
  auto added = read_optional_object(path, kMaxSettingsBytes);
  if (!added) return forward_error(added);
  for (const auto& [token, id] : added->items()) {
    if (!id.is_number_unsigned() || id.get<std::uint64_t>() >= kMaxTokens || token.empty()) {
      return damaged(path, fmt::format("token {} has the id {}, expected a whole number below {}", quote(token),
                                       shown(id), kMaxTokens));
    }
    add_token(vocabulary, id.get<std::uint64_t>(), token, false, n_vocab);
  }
  const Json* decoder = field(tokenizer_config, "added_tokens_decoder");
  if (decoder == nullptr || !decoder->is_object()) return {};
  for (const auto& [number, token] : decoder->items()) {
    std::uint64_t id = kMaxTokens;
    std::from_chars(number.data(), number.data() + number.size(), id);
    const std::string content = text_field(token, "content");
    if (id >= kMaxTokens || content.empty()) {
      return damaged(folder + "/tokenizer_config.json",
                     fmt::format("added_tokens_decoder: {}: {} is no token", quote(number), shown(token)));
    }
    const Json* special = field(token, "special");
    add_token(vocabulary, id, content, special != nullptr && *special == true, n_vocab);
  }
  return {};
}

bool is_absent(const Result<Vocabulary>& vocabulary) {
  return !vocabulary && vocabulary.error().code == ErrorCode::kNotFound;
}

// What is looked for last: a vocabulary without tokenizer.json and tokenizer.model.
Result<Vocabulary> read_others(const std::string& folder, const TokenFiles& files, std::uint64_t n_vocab) {
  const std::string tekken_path = folder + "/tekken.json";
  const auto tekken = read_object(tekken_path, kMaxTokenizerBytes);
  if (tekken) return read_tekken(*tekken, tekken_path, n_vocab);
  if (tekken.error().code != ErrorCode::kNotFound) return Unexpected(tekken.error());
  auto vocabulary = read_vocab_merges(folder, files, n_vocab);
  if (vocabulary) {
    auto added = read_older_additions(folder, files.tokenizer_config, n_vocab, *vocabulary);
    if (!added) return forward_error(added);
  }
  const std::string vocab_path = folder + "/vocab.json";
  if (!is_absent(vocabulary) || !vocabulary.error().message.starts_with(vocab_path)) return vocabulary;
  vocabulary = read_wordpiece_text(folder + "/vocab.txt", files.tokenizer_config);
  if (!is_absent(vocabulary)) return vocabulary;
  return Unexpected(ErrorCode::kNotFound, folder +
                                              ": holds no tokenizer; looked for tokenizer.json, tokenizer.model, "
                                              "tekken.json, vocab.json and vocab.txt. Fetch the one that the model was "
                                              "published with");
}

Result<Vocabulary> read_json_tokenizer(const Json& tokenizer, const std::string& path, std::uint64_t n_vocab,
                                       std::string_view ranked) {
  return is_wordpiece(tokenizer) ? read_wordpiece_json(tokenizer, path, n_vocab)
                                 : read_tokenizer_json(tokenizer, path, n_vocab, ranked);
}

// Whether a tokenizer.model beside it could say no more.
bool stands_alone(const Json& tokenizer, std::string_view ranked) {
  return !ranked.empty() || is_byte_level(tokenizer) || is_wordpiece(tokenizer);
}

// tokenizer.json, with the scores of a tokenizer.model beside it where it is made from one; or tokenizer.model alone,
// or what is older than both.
Result<Vocabulary> read_tokenizer(const std::string& folder, const TokenFiles& files, std::uint64_t n_vocab,
                                  std::string_view ranked) {
  const std::string json_path = folder + "/tokenizer.json", model_path = folder + "/tokenizer.model";
  auto tokenizer = read_object(json_path, kMaxTokenizerBytes);
  const bool absent = !tokenizer && tokenizer.error().code == ErrorCode::kNotFound;
  if (!tokenizer && !absent) return forward_error(tokenizer);
  if (!absent && stands_alone(*tokenizer, ranked)) return read_json_tokenizer(*tokenizer, json_path, n_vocab, ranked);
  auto vocabulary = read_sentencepiece(model_path);
  const bool no_model = is_absent(vocabulary);
  if (no_model && !absent) return read_tokenizer_json(*tokenizer, json_path, n_vocab);
  if (no_model) return read_others(folder, files, n_vocab);
  if (!vocabulary) return vocabulary;
  if (auto added = read_older_additions(folder, files.tokenizer_config, n_vocab, *vocabulary); !added) {
    return forward_error(added);
  }
  if (absent) return vocabulary;
  if (auto added = read_added_tokens(*tokenizer, json_path, n_vocab, *vocabulary); !added) return forward_error(added);
  return vocabulary;
}

// Names what no token stands for, and fills up to the embedding's rows.
Result<void> fill_up(Vocabulary& vocabulary, std::uint64_t n_vocab, const std::string& folder) {
  if (vocabulary.tokens.size() > n_vocab) {
    return Unexpected(
        ErrorCode::kBadFile,
        fmt::format("{}: the tokenizer has {} tokens, but config.json's vocab_size is {}; the files do not "
                    "belong together: fetch both again",
                    folder, vocabulary.tokens.size(), n_vocab));
  }
  vocabulary.tokens.resize(n_vocab);
  vocabulary.kinds.resize(n_vocab, TokenKind::kUnused);
  const bool scored = vocabulary.model == "llama" && vocabulary.ranked.empty();
  if (scored) vocabulary.scores.resize(n_vocab, kUnusedScore);
  for (std::size_t id = 0; id < n_vocab; ++id) {
    if (!vocabulary.tokens[id].empty()) continue;
    vocabulary.tokens[id] = fmt::format("[PAD{}]", id);
    vocabulary.kinds[id] = TokenKind::kUnused;
    if (scored) vocabulary.scores[id] = kUnusedScore;
  }
  return {};
}

// Marks that stand around thoughts and calls, which readers must see in the text: no control tokens then.
void show_marks(Vocabulary& vocabulary) {
  constexpr std::string_view kShown[] = {"<|channel>",       "<channel|>",       "<|tool_call>", "<tool_call|>",
                                         "<|tool_response>", "<tool_response|>", "<|\"|>"};
  for (std::size_t id = 0; id < vocabulary.tokens.size(); ++id) {
    const bool shown = std::ranges::find(kShown, vocabulary.tokens[id]) != std::end(kShown);
    if (shown && vocabulary.kinds[id] == TokenKind::kControl) vocabulary.kinds[id] = TokenKind::kUserDefined;
  }
}

void write_arrays(const Vocabulary& vocabulary, gguf::Writer& writer) {
  const bool ranked = !vocabulary.ranked.empty();
  writer.set("tokenizer.ggml.model", ranked ? vocabulary.ranked : vocabulary.model);
  if (!ranked) writer.set("tokenizer.ggml.pre", vocabulary.pre);
  const std::vector<std::string_view> tokens(vocabulary.tokens.begin(), vocabulary.tokens.end());
  writer.set_array("tokenizer.ggml.tokens", std::span<const std::string_view>(tokens));
  std::vector<std::int32_t> kinds;
  kinds.reserve(vocabulary.kinds.size());
  for (const TokenKind kind : vocabulary.kinds) kinds.push_back(static_cast<std::int32_t>(kind));
  writer.set_array("tokenizer.ggml.token_type", std::span<const std::int32_t>(kinds));
  if (vocabulary.model == "llama" && !ranked) {
    writer.set_array("tokenizer.ggml.scores", std::span<const float>(vocabulary.scores));
  } else if (vocabulary.model == "gpt2" || ranked) {
    const std::vector<std::string_view> merges(vocabulary.merges.begin(), vocabulary.merges.end());
    writer.set_array("tokenizer.ggml.merges", std::span<const std::string_view>(merges));
  }
  if (vocabulary.model != "bert") writer.set("tokenizer.ggml.add_space_prefix", vocabulary.add_space_prefix);
  if (vocabulary.lowercase) writer.set("tokenizer.ggml.normalizer.lowercase", *vocabulary.lowercase);
  if (vocabulary.strip_accents) writer.set("tokenizer.ggml.normalizer.strip_accents", *vocabulary.strip_accents);
}

}  // namespace

void add_token(Vocabulary& vocabulary, std::uint64_t id, const std::string& content, bool special,
               std::uint64_t n_vocab) {
  if (id >= n_vocab) {
    vocabulary.beyond.emplace_back(content, id);
    return;
  }
  if (id >= vocabulary.tokens.size()) {
    vocabulary.tokens.resize(id + 1);
    vocabulary.kinds.resize(id + 1, TokenKind::kUnused);
  }
  if (!vocabulary.scores.empty()) {
    vocabulary.scores.resize(vocabulary.tokens.size(), kUnusedScore);
    vocabulary.scores[id] = kAddedScore;
  }
  const bool control = special || looks_special(content);
  if (vocabulary.kinds[id] != TokenKind::kUnknown) {
    vocabulary.kinds[id] = control ? TokenKind::kControl : TokenKind::kUserDefined;
  }
  vocabulary.tokens[id] = control ? content : with_spaces(content);
}

Result<void> write_vocabulary(const std::string& folder, const Json& config, std::uint64_t n_vocab,
                              std::string_view ranked, gguf::Writer& writer, std::vector<std::string>& notes) {
  TokenFiles files;
  files.config = config;
  const std::pair<const char*, Json*> optional[] = {{"/tokenizer_config.json", &files.tokenizer_config},
                                                    {"/special_tokens_map.json", &files.special_map},
                                                    {"/generation_config.json", &files.generation}};
  for (const auto& [name, object] : optional) {
    auto read = read_optional_object(folder + name, kMaxSettingsBytes);
    if (!read) return forward_error(read);
    *object = std::move(*read);
  }
  auto vocabulary = read_tokenizer(folder, files, n_vocab, ranked);
  if (!vocabulary) return forward_error(vocabulary);
  constexpr std::size_t kMostNotes = 10;
  for (const auto& [token, id] : std::span(vocabulary->beyond).first(std::min(kMostNotes, vocabulary->beyond.size()))) {
    notes.push_back(
        fmt::format("token {} has the id {}, for which the model has no weights: left out", quote(token), id));
  }
  if (vocabulary->beyond.size() > kMostNotes) {
    notes.push_back(fmt::format("{} more such tokens are left out", vocabulary->beyond.size() - kMostNotes));
  }
  if (auto filled = fill_up(*vocabulary, n_vocab, folder); !filled) return filled;
  if (!vocabulary->ranked.empty()) show_marks(*vocabulary);
  write_arrays(*vocabulary, writer);
  write_special_tokens(*vocabulary, files, writer, notes);
  return write_chat_templates(folder, files.tokenizer_config, writer);
}

}  // namespace sotto::published
