#include "published/tokenizer_json.h"

#include <fmt/format.h>

#include <algorithm>

#include "gguf/report.h"
#include "published/merge_scores.h"
#include "published/tokenizer_pre.h"

namespace sotto::published {
namespace {

using gguf::quote;

// "left right", or a pair of both; tokens of either kind hold no space.
Result<void> read_merges(const Json& model, const std::string& path, Vocabulary& vocabulary) {
  const Json* merges = field(model, "merges");
  if (merges == nullptr || !merges->is_array()) return damaged(path, "model.merges is missing or no list");
  vocabulary.merges.reserve(merges->size());
  for (const Json& merge : *merges) {
    std::string text;
    if (merge.is_string()) {
      text = merge.get<std::string>();
    } else if (merge.is_array() && merge.size() == 2 && merge[0].is_string() && merge[1].is_string()) {
      text = merge[0].get<std::string>() + " " + merge[1].get<std::string>();
    }
    const std::size_t space = text.find(' ');
    if (space == 0 || space == std::string::npos || space + 1 == text.size() ||
        text.find(' ', space + 1) != text.npos) {
      return damaged(path, fmt::format("model.merges: merge {} is {}, expected two tokens without spaces",
                                       vocabulary.merges.size(), shown(merge)));
    }
    vocabulary.merges.push_back(std::move(text));
  }
  return {};
}

// Options of the model that change its tokens and that GGUF files cannot say.
Result<void> check_model(const Json& model, const std::string& path) {
  const std::string type = text_field(model, "type");
  const bool untyped = type.empty() && field(model, "merges") != nullptr;
  if (type != "BPE" && !untyped) {
    return unsupported(path, fmt::format("model.type is {}; sotto imports BPE and WordPiece", quote(type)));
  }
  for (const char* name : {"continuing_subword_prefix", "end_of_word_suffix"}) {
    if (!text_field(model, name).empty()) {
      return unsupported(path,
                         fmt::format("model.{} is {}; GGUF files cannot say so", name, quote(text_field(model, name))));
    }
  }
  const Json* dropout = field(model, "dropout");
  if (dropout != nullptr && *dropout != 0) return unsupported(path, "model.dropout is " + shown(*dropout));
  return {};
}

// One step of the normalizer of a SentencePiece-like tokenizer; false when it is none that GGUF files can say.
bool take_normalizer(const Json& part, Vocabulary& vocabulary, bool& writes_spaces) {
  const std::string type = text_field(part, "type");
  if (type == "Sequence") {
    const Json* parts = field(part, "normalizers");
    return parts != nullptr && parts->is_array() && std::ranges::all_of(*parts, [&](const Json& inner) {
             return take_normalizer(inner, vocabulary, writes_spaces);
           });
  }
  if (type == "Prepend") {
    vocabulary.add_space_prefix = true;
    return text_field(part, "prepend") == kSpace;
  }
  const Json* pattern = field(part, "pattern");
  writes_spaces = true;
  return type == "Replace" && pattern != nullptr && text_field(*pattern, "String") == " " &&
         text_field(part, "content") == kSpace;
}

bool take_pretokenizer(const Json& part, Vocabulary& vocabulary, bool& writes_spaces) {
  const std::string type = text_field(part, "type");
  if (type == "Metaspace") {
    writes_spaces = true;
    const std::string scheme = text_field(part, "prepend_scheme");
    vocabulary.add_space_prefix = scheme.empty()
                                      ? field(part, "add_prefix_space") == nullptr || is_true(part, "add_prefix_space")
                                      : scheme != "never";
    const Json* splits = field(part, "split");
    return text_field(part, "replacement") == kSpace && splits != nullptr && *splits == false;
  }
  // Where spaces are written as U+2581 before, there is none to cut at.
  const Json* pattern = field(part, "pattern");
  return type == "Split" && writes_spaces && pattern != nullptr && text_field(*pattern, "String") == " ";
}

Result<void> read_spaces(const Json& tokenizer, const std::string& path, Vocabulary& vocabulary) {
  bool writes_spaces = false;
  const Json* normalizer = field(tokenizer, "normalizer");
  if (normalizer != nullptr && !take_normalizer(*normalizer, vocabulary, writes_spaces)) {
    return unsupported(path, "normalizer is " + shown(*normalizer, kShownInFull) + "; GGUF files have no name for it");
  }
  const Json* pre = field(tokenizer, "pre_tokenizer");
  if (pre != nullptr && !take_pretokenizer(*pre, vocabulary, writes_spaces)) {
    return unsupported(path, "pre_tokenizer is " + shown(*pre, kShownInFull) + "; GGUF files have no name for it");
  }
  if (writes_spaces) return {};
  return unsupported(path, "neither bytes nor U+2581 stand for spaces; GGUF files have no name for such a tokenizer");
}

void mark_bytes(Vocabulary& vocabulary) {
  for (std::size_t id = 0; id < vocabulary.tokens.size(); ++id) {
    const std::string& token = vocabulary.tokens[id];
    if (token.size() == 6 && token.starts_with("<0x") && token[5] == '>') vocabulary.kinds[id] = TokenKind::kByte;
    if (token == vocabulary.unknown) vocabulary.kinds[id] = TokenKind::kUnknown;
  }
}

// What the text is cut into before anything merges: words of bytes, or characters with U+2581 for spaces.
Result<void> read_kind(const Json& tokenizer, const std::string& path, Vocabulary& vocabulary) {
  if (is_byte_level(tokenizer)) {
    vocabulary.model = "gpt2";
    auto name = name_pretokenizer(tokenizer, path);
    if (!name) return forward_error(name);
    vocabulary.pre = *name;
    return {};
  }
  vocabulary.model = "llama";
  vocabulary.pre = "default";
  mark_bytes(vocabulary);
  if (!is_true(tokenizer["model"], "byte_fallback")) {
    return unsupported(path,
                       "model.byte_fallback is false; sotto imports SentencePiece-like tokenizers that fall back "
                       "to bytes");
  }
  return read_spaces(tokenizer, path, vocabulary);
}

}  // namespace

Result<void> read_vocab(const Json* vocab, const std::string& path, std::uint64_t n_vocab, Vocabulary& vocabulary,
                        const char* what) {
  if (vocab == nullptr || !vocab->is_object() || vocab->empty() || vocab->size() > kMaxTokens) {
    return damaged(path, fmt::format("{} is {}, expected an object of 1 to {} tokens", what,
                                     vocab == nullptr ? "missing" : vocab->type_name(), kMaxTokens));
  }
  const std::size_t n = vocab->size();
  vocabulary.tokens.resize(n);
  vocabulary.kinds.assign(n, TokenKind::kUnused);
  for (const auto& [token, id] : vocab->items()) {
    if (!id.is_number_unsigned() || id.get<std::uint64_t>() >= n_vocab) {
      return damaged(path, fmt::format("{}: token {} has the id {}, expected a whole number below {}, "
                                       "config.json's vocab_size",
                                       what, quote(token), shown(id), n_vocab));
    }
    const auto index = id.get<std::size_t>();
    if (index >= vocabulary.tokens.size()) {  // a gap, which added tokens or nothing fill
      vocabulary.tokens.resize(index + 1);
      vocabulary.kinds.resize(index + 1, TokenKind::kUnused);
    }
    if (vocabulary.kinds[index] != TokenKind::kUnused) {
      return damaged(path, fmt::format("{}: {} and {} have the id {}, expected one token", what,
                                       quote(vocabulary.tokens[index]), quote(token), index));
    }
    vocabulary.tokens[index] = token;
    vocabulary.kinds[index] = TokenKind::kNormal;
  }
  return {};
}

void read_template(const Json& processor, Vocabulary& vocabulary) {
  const Json* parts = field(processor, "processors");
  if (parts != nullptr && parts->is_array()) {
    for (const Json& part : *parts) {
      if (field(part, "processors") == nullptr) read_template(part, vocabulary);
    }
    return;
  }
  const Json* single = field(processor, "single");
  if (text_field(processor, "type") != "TemplateProcessing" || single == nullptr || !single->is_array()) return;
  vocabulary.add_bos = vocabulary.add_eos = false;
  if (single->size() < 2) return;
  const auto special = [](const Json& item) {
    const Json* token = field(item, "SpecialToken");
    return token == nullptr ? std::string() : text_field(*token, "id");
  };
  vocabulary.first_token = special(single->front());
  vocabulary.last_token = special(single->back());
  vocabulary.add_bos = !vocabulary.first_token.empty();
  vocabulary.add_eos = !vocabulary.last_token.empty();
}

bool is_byte_level(const Json& tokenizer) {
  const auto has = [](const Json* part, const char* inner) {
    if (part == nullptr) return false;
    if (text_field(*part, "type") == "ByteLevel") return true;
    const Json* parts = field(*part, inner);
    return parts != nullptr && parts->is_array() &&
           std::ranges::any_of(*parts, [](const Json& p) { return text_field(p, "type") == "ByteLevel"; });
  };
  return has(field(tokenizer, "pre_tokenizer"), "pretokenizers") || has(field(tokenizer, "decoder"), "decoders");
}

Result<Vocabulary> read_tokenizer_json(const Json& tokenizer, const std::string& path, std::uint64_t n_vocab,
                                       std::string_view ranked) {
  const Json* model = field(tokenizer, "model");
  if (model == nullptr || !model->is_object()) return damaged(path, "model is missing or no object");
  if (auto checked = check_model(*model, path); !checked) return forward_error(checked);
  Vocabulary vocabulary;
  vocabulary.unknown = text_field(*model, "unk_token");
  if (auto read = read_vocab(field(*model, "vocab"), path, n_vocab, vocabulary); !read) return forward_error(read);
  if (auto read = read_merges(*model, path, vocabulary); !read) return forward_error(read);
  if (auto read = read_kind(tokenizer, path, vocabulary); !read) return forward_error(read);
  if (const Json* processor = field(tokenizer, "post_processor")) read_template(*processor, vocabulary);
  if (auto added = read_added_tokens(tokenizer, path, n_vocab, vocabulary); !added) return forward_error(added);
  if (vocabulary.model == "gpt2") return vocabulary;
  vocabulary.ranked = ranked;
  if (!ranked.empty()) return vocabulary;
  auto scores = scores_of_merges(vocabulary, path);
  if (!scores) return forward_error(scores);
  vocabulary.scores = std::move(*scores);
  vocabulary.merges.clear();
  return vocabulary;
}

Result<void> read_added_tokens(const Json& tokenizer, const std::string& path, std::uint64_t n_vocab,
                               Vocabulary& vocabulary) {
  const Json* added = field(tokenizer, "added_tokens");
  if (added == nullptr) return {};
  if (!added->is_array()) return damaged(path, "added_tokens is " + shown(*added) + ", expected a list");
  for (const Json& token : *added) {
    const Json* id = field(token, "id");
    const Json* content = field(token, "content");
    const bool sound = id != nullptr && id->is_number_unsigned() && id->get<std::uint64_t>() < kMaxTokens &&
                       content != nullptr && content->is_string() && !content->get_ref<const std::string&>().empty();
    if (!sound) {
      return damaged(path, fmt::format("added_tokens: {} is no token with an id below {} and a content", shown(token),
                                       kMaxTokens));
    }
    add_token(vocabulary, id->get<std::uint64_t>(), content->get<std::string>(), is_true(token, "special"), n_vocab);
  }
  return {};
}

}  // namespace sotto::published
