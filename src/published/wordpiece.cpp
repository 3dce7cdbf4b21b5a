#include "published/wordpiece.h"

#include <fmt/format.h>

#include <algorithm>
#include <string_view>

#include "gguf/report.h"
#include "published/tokenizer_json.h"
#include "text/utf8.h"

namespace sotto::published {
namespace {

constexpr std::string_view kInside = "##";  // before the pieces that do not begin a word
constexpr std::uint64_t kMostCharacters = 100;

std::string printed(const Json& part) { return shown(part, kShownInFull); }

void spell_as_gguf(Vocabulary& vocabulary) {
  for (std::size_t id = 0; id < vocabulary.tokens.size(); ++id) {
    if (vocabulary.kinds[id] != TokenKind::kNormal) continue;
    std::string& token = vocabulary.tokens[id];
    token = token.starts_with(kInside) ? token.substr(kInside.size()) : std::string(kSpace) + token;
  }
}

Result<void> check_wordpiece(const Json& model, const std::string& path) {
  const std::string prefix = text_field(model, "continuing_subword_prefix");
  if (prefix != kInside) {
    return unsupported(path,
                       fmt::format("model.continuing_subword_prefix is {}, expected \"##\"", gguf::quote(prefix)));
  }
  const Json* most = field(model, "max_input_chars_per_word");
  if (most == nullptr || *most == kMostCharacters) return {};
  return unsupported(
      path, fmt::format("model.max_input_chars_per_word is {}; GGUF files mean {}", shown(*most), kMostCharacters));
}

// null counts as true, as in the library that writes the file.
bool is_false(const Json& object, const char* name) {
  const Json* value = field(object, name);
  return value != nullptr && *value == false;
}

Result<void> read_bert_normalizer(const Json& tokenizer, const std::string& path, Vocabulary& vocabulary) {
  const Json* normalizer = field(tokenizer, "normalizer");
  const Json* pre = field(tokenizer, "pre_tokenizer");
  const bool known = normalizer != nullptr && text_field(*normalizer, "type") == "BertNormalizer" &&
                     !is_false(*normalizer, "clean_text") && !is_false(*normalizer, "handle_chinese_chars");
  if (!known) {
    return unsupported(path, "normalizer is " + printed(normalizer == nullptr ? Json() : *normalizer) +
                                 "; GGUF files have no name for it");
  }
  if (pre == nullptr || text_field(*pre, "type") != "BertPreTokenizer") {
    return unsupported(
        path, "pre_tokenizer is " + printed(pre == nullptr ? Json() : *pre) + "; GGUF files have no name for it");
  }
  vocabulary.lowercase = !is_false(*normalizer, "lowercase");
  const Json* strip = field(*normalizer, "strip_accents");
  vocabulary.strip_accents = strip == nullptr ? *vocabulary.lowercase : *strip == true;
  return {};
}

// {"sep": ["[SEP]", 102], "cls": ["[CLS]", 101]}
std::string first_of(const Json& processor, const char* name) {
  const Json* pair = field(processor, name);
  const bool named = pair != nullptr && pair->is_array() && !pair->empty() && (*pair)[0].is_string();
  return named ? (*pair)[0].get<std::string>() : std::string();
}

void read_ends(const Json& processor, Vocabulary& vocabulary) {
  if (text_field(processor, "type") != "BertProcessing") return read_template(processor, vocabulary);
  vocabulary.first_token = first_of(processor, "cls");
  vocabulary.last_token = first_of(processor, "sep");
  vocabulary.add_bos = !vocabulary.first_token.empty();
  vocabulary.add_eos = !vocabulary.last_token.empty();
}

// A special token's name, given as a text or as an object with its content.
std::string name_or(const Json& config, const char* name, const char* usual) {
  const Json* value = field(config, name);
  std::string found = value != nullptr && value->is_object() ? text_field(*value, "content") : text_field(config, name);
  return found.empty() ? usual : found;
}

}  // namespace

bool is_wordpiece(const Json& tokenizer) {
  const Json* model = field(tokenizer, "model");
  return model != nullptr && text_field(*model, "type") == "WordPiece";
}

Result<Vocabulary> read_wordpiece_json(const Json& tokenizer, const std::string& path, std::uint64_t n_vocab) {
  const Json& model = *field(tokenizer, "model");
  if (auto checked = check_wordpiece(model, path); !checked) return forward_error(checked);
  Vocabulary vocabulary;
  vocabulary.model = "bert";
  vocabulary.pre = "default";
  vocabulary.unknown = text_field(model, "unk_token");
  if (auto read = read_vocab(field(model, "vocab"), path, n_vocab, vocabulary); !read) return forward_error(read);
  if (auto read = read_bert_normalizer(tokenizer, path, vocabulary); !read) return forward_error(read);
  if (const Json* processor = field(tokenizer, "post_processor")) read_ends(*processor, vocabulary);
  if (auto added = read_added_tokens(tokenizer, path, n_vocab, vocabulary); !added) return forward_error(added);
  spell_as_gguf(vocabulary);
  return vocabulary;
}

Result<Vocabulary> read_wordpiece_text(const std::string& path, const Json& tokenizer_config) {
  const auto file = map_file(path);
  if (!file) return Unexpected(file.error());
  const auto bytes = file->bytes();
  if (bytes.size() > kMaxTokenizerBytes) {
    return damaged(path, fmt::format("{} bytes long, expected at most {}", bytes.size(), kMaxTokenizerBytes));
  }
  if (is_false(tokenizer_config, "tokenize_chinese_chars")) {
    return unsupported(path, "tokenizer_config.json says tokenize_chinese_chars false; GGUF files cannot say so");
  }
  Vocabulary vocabulary;
  vocabulary.model = "bert";
  vocabulary.pre = "default";
  std::string_view text(reinterpret_cast<const char*>(bytes.data()), bytes.size());
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    std::string_view line = text.substr(0, end);
    if (line.ends_with('\r')) line.remove_suffix(1);
    const std::size_t id = vocabulary.tokens.size();
    if (id >= kMaxTokens) return damaged(path, fmt::format("line {}: expected at most {} tokens", id + 1, kMaxTokens));
    if (text::find_invalid_utf8(line) != line.size()) {
      return damaged(path, fmt::format("line {}: found {}, expected UTF-8", id + 1, gguf::quote(line)));
    }
    vocabulary.tokens.emplace_back(line);
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  vocabulary.kinds.assign(vocabulary.tokens.size(), TokenKind::kNormal);
  vocabulary.lowercase = !is_false(tokenizer_config, "do_lower_case");
  const Json* strip = field(tokenizer_config, "strip_accents");
  vocabulary.strip_accents = strip == nullptr ? *vocabulary.lowercase : *strip == true;
  vocabulary.unknown = name_or(tokenizer_config, "unk_token", "[UNK]");
  vocabulary.first_token = name_or(tokenizer_config, "cls_token", "[CLS]");
  vocabulary.last_token = name_or(tokenizer_config, "sep_token", "[SEP]");
  vocabulary.add_bos = vocabulary.add_eos = true;
  const std::string special[] = {vocabulary.unknown, vocabulary.first_token, vocabulary.last_token,
                                 name_or(tokenizer_config, "pad_token", "[PAD]"),
                                 name_or(tokenizer_config, "mask_token", "[MASK]")};
  for (const std::string& name : special) {
    const auto found = std::ranges::find(vocabulary.tokens, name);
    if (found == vocabulary.tokens.end()) continue;
    vocabulary.kinds[static_cast<std::size_t>(found - vocabulary.tokens.begin())] = TokenKind::kControl;
  }
  spell_as_gguf(vocabulary);
  return vocabulary;
}

}  // namespace sotto::published
