#include "model/vocab_reader.h"

#include <fmt/format.h>

#include <optional>
#include <string>

#include "text/pretokenizer.h"
#include "text/vocab_kind.h"

namespace sotto::model {
namespace {

using text::TokenId;
using text::TokenKind;
using text::Vocab;
using text::VocabKind;

// What a file leaves unsaid: the ids and switches that vocabularies of its kind have had from the start.
VocabKind kind_of(const Vocab& vocab) {
  const VocabKind* known = text::find_vocab_kind(vocab.model);
  VocabKind kind = known != nullptr ? *known : VocabKind{.name = vocab.model, .like = vocab.model};
  const text::Pretokenizer* pre = text::find_pretokenizer(vocab.pre);
  if (pre != nullptr && pre->has(text::Pretokenizer::kAddsBos)) kind.add_bos = true;
  return kind;
}

// Reads keys until one fails; then keeps its error.
class Reader {
 public:
  explicit Reader(const gguf::File& file) : file_(file) {}

  // Stores what the key holds into `field`; leaves it alone when the key is absent.
  template <class T, class Field>
  void read(std::string_view key, Result<std::optional<T>> (gguf::File::*look_up)(std::string_view) const,
            Field& field) {
    if (error_) return;
    auto value = (file_.*look_up)(key);
    if (!value) {
      error_ = std::move(value.error());
    } else if (value->has_value()) {
      field = std::move(**value);
    }
  }

  void read_id(std::string_view key, TokenId fallback, const Vocab& vocab, TokenId& id) {
    const auto n = static_cast<std::int64_t>(vocab.tokens.size());
    std::optional<std::int64_t> found;
    read(key, &gguf::File::integer, found);
    if (error_) return;
    id = fallback < n ? fallback : text::kNoToken;
    if (!found) return;
    // Converters write -1, or 2^32-1, for "none".
    constexpr std::int64_t kNone32 = 0xFFFFFFFF;
    if (*found == -1 || *found == kNone32) {
      id = text::kNoToken;
    } else if (*found < 0 || *found >= n) {
      fail(key, std::to_string(*found), fmt::format("a token id from 0 to {}", n - 1));
    } else {
      id = static_cast<TokenId>(*found);
    }
  }

  void fail(std::string_view key, std::string_view found, std::string_view expected) {
    if (error_) return;
    error_ = Error{ErrorCode::kBadFile,
                   fmt::format("{}: metadata '{}' is {}; expected {}. The file is damaged or was converted wrongly: "
                               "fetch or convert it again.",
                               file_.path(), key, found, expected)};
  }

  bool failed() const { return error_.has_value(); }
  Unexpected take_error() { return Unexpected(std::move(*error_)); }

 private:
  const gguf::File& file_;
  std::optional<Error> error_;
};

void check_length(Reader& reader, std::string_view key, std::size_t found, const Vocab& vocab) {
  if (found == 0 || found == vocab.tokens.size()) return;
  reader.fail(key, fmt::format("an array of {}", found),
              fmt::format("one of {}, as tokenizer.ggml.tokens has", vocab.tokens.size()));
}

void read_arrays(Reader& reader, const gguf::File& file, Vocab& vocab) {
  reader.read("tokenizer.ggml.tokens", &gguf::File::strings, vocab.tokens);
  reader.read("tokenizer.ggml.merges", &gguf::File::strings, vocab.merges);
  // Some converters write the scores as integers.
  constexpr std::string_view kScores = "tokenizer.ggml.scores";
  const gguf::Value* scores = file.find(kScores);
  const auto* array = scores == nullptr ? nullptr : std::get_if<gguf::Array>(scores);
  if (array != nullptr && array->type == gguf::ValueType::kI32) {
    std::vector<std::int64_t> whole;
    reader.read(kScores, &gguf::File::integers, whole);
    vocab.scores.assign(whole.begin(), whole.end());
  } else {
    reader.read(kScores, &gguf::File::floats, vocab.scores);
  }
  std::vector<std::int64_t> kinds;
  reader.read("tokenizer.ggml.token_type", &gguf::File::integers, kinds);
  vocab.kinds.reserve(kinds.size());
  for (const std::int64_t kind : kinds) {
    const bool known = kind >= 1 && kind <= 6;
    vocab.kinds.push_back(known ? static_cast<TokenKind>(kind) : TokenKind::kNormal);
  }
  if (reader.failed()) return;
  check_length(reader, kScores, vocab.scores.size(), vocab);
  check_length(reader, "tokenizer.ggml.token_type", vocab.kinds.size(), vocab);
}

void read_ids(Reader& reader, const VocabKind& kind, Vocab& vocab) {
  reader.read_id("tokenizer.ggml.bos_token_id", kind.bos, vocab, vocab.bos);
  reader.read_id("tokenizer.ggml.eos_token_id", kind.eos, vocab, vocab.eos);
  reader.read_id("tokenizer.ggml.eot_token_id", text::kNoToken, vocab, vocab.eot);
  reader.read_id("tokenizer.ggml.unknown_token_id", kind.unk, vocab, vocab.unk);
  reader.read_id("tokenizer.ggml.seperator_token_id", kind.sep, vocab, vocab.sep);
  reader.read_id("tokenizer.ggml.padding_token_id", kind.pad, vocab, vocab.pad);
  reader.read_id("tokenizer.ggml.cls_token_id", kind.cls, vocab, vocab.cls);
  reader.read_id("tokenizer.ggml.mask_token_id", kind.mask, vocab, vocab.mask);
}

void read_gap_ids(Reader& reader, Vocab& vocab) {
  text::GapTokens& gap = vocab.gap;
  // Files of before 2024 have the longer names.
  reader.read_id("tokenizer.ggml.prefix_token_id", text::kNoToken, vocab, gap.prefix);
  reader.read_id("tokenizer.ggml.suffix_token_id", text::kNoToken, vocab, gap.suffix);
  reader.read_id("tokenizer.ggml.middle_token_id", text::kNoToken, vocab, gap.middle);
  reader.read_id("tokenizer.ggml.fim_pre_token_id", gap.prefix, vocab, gap.prefix);
  reader.read_id("tokenizer.ggml.fim_suf_token_id", gap.suffix, vocab, gap.suffix);
  reader.read_id("tokenizer.ggml.fim_mid_token_id", gap.middle, vocab, gap.middle);
  reader.read_id("tokenizer.ggml.fim_pad_token_id", text::kNoToken, vocab, gap.pad);
  reader.read_id("tokenizer.ggml.fim_rep_token_id", text::kNoToken, vocab, gap.repository);
  reader.read_id("tokenizer.ggml.fim_sep_token_id", text::kNoToken, vocab, gap.file);
}

void read_switches(Reader& reader, const VocabKind& kind, Vocab& vocab) {
  vocab.add_bos = kind.add_bos;
  vocab.add_eos = kind.add_eos;
  vocab.add_space_prefix = kind.add_space_prefix;
  reader.read("tokenizer.ggml.add_bos_token", &gguf::File::boolean, vocab.add_bos);
  reader.read("tokenizer.ggml.add_eos_token", &gguf::File::boolean, vocab.add_eos);
  reader.read("tokenizer.ggml.add_space_prefix", &gguf::File::boolean, vocab.add_space_prefix);
  reader.read("tokenizer.ggml.remove_extra_whitespaces", &gguf::File::boolean, vocab.remove_extra_whitespaces);
  reader.read("tokenizer.ggml.normalizer.lowercase", &gguf::File::boolean, vocab.lowercase);
  reader.read("tokenizer.ggml.normalizer.strip_accents", &gguf::File::boolean, vocab.strip_accents);
}

}  // namespace

Result<Vocab> read_vocab(const gguf::File& file) {
  Vocab vocab;
  Reader reader(file);
  reader.read("general.architecture", &gguf::File::string, vocab.family);
  reader.read("tokenizer.ggml.model", &gguf::File::string, vocab.model);
  reader.read("tokenizer.ggml.pre", &gguf::File::string, vocab.pre);
  read_arrays(reader, file, vocab);
  if (reader.failed()) return reader.take_error();
  if (vocab.tokens.empty()) {
    return Unexpected(
        ErrorCode::kNotFound,
        fmt::format("{}: no metadata 'tokenizer.ggml.tokens': the file holds no tokenizer. Use a file that "
                    "holds one, or give token ids.",
                    file.path()));
  }
  const VocabKind kind = kind_of(vocab);
  read_ids(reader, kind, vocab);
  read_gap_ids(reader, vocab);
  read_switches(reader, kind, vocab);
  vocab.ranked_merges = kind.ranked_merges;
  vocab.model = std::string(kind.like);
  if (reader.failed()) return reader.take_error();
  return vocab;
}

}  // namespace sotto::model
