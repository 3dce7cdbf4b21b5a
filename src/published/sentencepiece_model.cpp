#include "published/sentencepiece_model.h"

#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstring>
#include <optional>

#include "gguf/report.h"
#include "text/utf8.h"

namespace sotto::published {
namespace {

constexpr std::size_t kMaxFileBytes = 64u << 20;

// One field of a message: a number, or bytes.
struct ProtoField {
  std::uint32_t number = 0;
  std::uint64_t value = 0;           // of a varint or fixed field
  std::span<const std::byte> bytes;  // of a length-delimited field
  enum class Wire { kVarint = 0, kFixed64 = 1, kBytes = 2, kFixed32 = 5 } wire = Wire::kVarint;
};

// Reads a message's fields in order. After ok() is false nothing more is read.
class ProtoReader {
 public:
  explicit ProtoReader(std::span<const std::byte> bytes) : bytes_(bytes) {}

  bool ok() const { return ok_; }

  std::optional<ProtoField> next() {
    if (!ok_ || at_ == bytes_.size()) return std::nullopt;
    const auto tag = varint();
    ProtoField found;
    if (!tag || *tag >> 3 == 0 || *tag >> 3 > UINT32_MAX) return fail();
    found.number = static_cast<std::uint32_t>(*tag >> 3);
    found.wire = static_cast<ProtoField::Wire>(*tag & 7);
    switch (found.wire) {
      case ProtoField::Wire::kVarint: {
        const auto value = varint();
        if (!value) return fail();
        found.value = *value;
        return found;
      }
      case ProtoField::Wire::kBytes: {
        const auto length = varint();
        if (!length || *length > bytes_.size() - at_) return fail();
        found.bytes = bytes_.subspan(at_, *length);
        at_ += *length;
        return found;
      }
      case ProtoField::Wire::kFixed64: return fixed(found, 8);
      case ProtoField::Wire::kFixed32: return fixed(found, 4);
    }
    return fail();
  }

 private:
  std::optional<ProtoField> fail() {
    ok_ = false;
    return std::nullopt;
  }

  std::optional<ProtoField> fixed(ProtoField found, std::size_t n_bytes) {
    if (bytes_.size() - at_ < n_bytes) return fail();
    std::memcpy(&found.value, bytes_.data() + at_, n_bytes);
    at_ += n_bytes;
    return found;
  }

  std::optional<std::uint64_t> varint() {
    std::uint64_t value = 0;
    for (int shift = 0; shift < 64 && at_ < bytes_.size(); shift += 7) {
      const auto byte = std::to_integer<std::uint64_t>(bytes_[at_++]);
      if (shift == 63 && byte > 1) return std::nullopt;
      value |= (byte & 0x7F) << shift;
      if (byte < 0x80) return value;
    }
    return std::nullopt;
  }

  std::span<const std::byte> bytes_;
  std::size_t at_ = 0;
  bool ok_ = true;
};

using Wire = ProtoField::Wire;

std::string text_of(const ProtoField& found) {
  return {reinterpret_cast<const char*>(found.bytes.data()), found.bytes.size()};
}

// ModelProto.SentencePiece.
Result<void> read_piece(std::span<const std::byte> bytes, const std::string& path, Vocabulary& vocabulary) {
  std::string piece;
  float score = 0;
  std::uint64_t kind = static_cast<std::uint64_t>(TokenKind::kNormal);
  ProtoReader reader(bytes);
  while (const auto found = reader.next()) {
    if (found->number == 1 && found->wire == Wire::kBytes) piece = text_of(*found);
    if (found->number == 2 && found->wire == Wire::kFixed32) {
      score = std::bit_cast<float>(static_cast<std::uint32_t>(found->value));
    }
    if (found->number == 3 && found->wire == Wire::kVarint) kind = found->value;
  }
  const std::size_t id = vocabulary.tokens.size();
  const auto wrong = [&](const std::string& what) { return damaged(path, fmt::format("piece {}: {}", id, what)); };
  if (!reader.ok()) return wrong("no message of a SentencePiece model");
  if (id >= kMaxTokens) return wrong(fmt::format("expected at most {} pieces", kMaxTokens));
  if (piece.empty() || text::find_invalid_utf8(piece) != piece.size()) return wrong("its text is empty or no UTF-8");
  if (!std::isfinite(score)) return wrong("its score is no number");
  if (kind < 1 || kind > 6) return wrong(fmt::format("its type is {}, expected 1 to 6", kind));
  vocabulary.tokens.push_back(std::move(piece));
  vocabulary.scores.push_back(score);
  vocabulary.kinds.push_back(static_cast<TokenKind>(kind));
  return {};
}

struct Options {
  std::uint64_t algorithm = 1;  // 1: unigram, 2: BPE, 3: words, 4: characters
  bool dummy_prefix = true, rewrites = false, space_behind = false, trims = true, escapes = true;
};

bool read_trainer(std::span<const std::byte> bytes, Options& options) {
  ProtoReader reader(bytes);
  while (const auto found = reader.next()) {
    if (found->wire != Wire::kVarint) continue;
    if (found->number == 3) options.algorithm = found->value;
    if (found->number == 24) options.space_behind = found->value != 0;
  }
  return reader.ok();
}

bool read_normalizer(std::span<const std::byte> bytes, Options& options) {
  ProtoReader reader(bytes);
  while (const auto found = reader.next()) {
    if (found->number == 2 && found->wire == Wire::kBytes) options.rewrites = !found->bytes.empty();
    if (found->wire != Wire::kVarint) continue;
    if (found->number == 3) options.dummy_prefix = found->value != 0;
    if (found->number == 4) options.trims = found->value != 0;
    if (found->number == 5) options.escapes = found->value != 0;
  }
  return reader.ok();
}

Result<void> check_options(const Options& options, const std::string& path) {
  constexpr std::uint64_t kBpe = 2;
  if (options.algorithm != kBpe) {
    return unsupported(
        path, fmt::format("its algorithm has the number {}; sotto imports 2, byte-pair encoding", options.algorithm));
  }
  if (options.rewrites) return unsupported(path, "its normalizer rewrites characters, which GGUF files cannot say");
  if (options.space_behind)
    return unsupported(path, "spaces belong to the word before them, which GGUF files cannot say");
  if (options.trims) return unsupported(path, "runs of spaces become one, which sotto does not import");
  if (!options.escapes) return unsupported(path, "spaces are not written as U+2581, which GGUF files cannot say");
  return {};
}

// GGUF files spell tokens that are found as they are written with spaces.
void write_spaces(Vocabulary& vocabulary) {
  for (std::size_t id = 0; id < vocabulary.tokens.size(); ++id) {
    if (vocabulary.kinds[id] != TokenKind::kUserDefined) continue;
    std::string& token = vocabulary.tokens[id];
    for (std::size_t at = token.find(kSpace); at != std::string::npos; at = token.find(kSpace, at + 1)) {
      token.replace(at, kSpace.size(), " ");
    }
  }
}

}  // namespace

Result<Vocabulary> parse_sentencepiece(std::span<const std::byte> bytes, const std::string& path) {
  Vocabulary vocabulary;
  vocabulary.model = "llama";
  vocabulary.pre = "default";
  Options options;
  ProtoReader reader(bytes);
  bool sound = true;
  while (const auto found = reader.next()) {
    if (found->wire != Wire::kBytes) continue;
    if (found->number == 1) {
      if (auto read = read_piece(found->bytes, path, vocabulary); !read) return forward_error(read);
    }
    if (found->number == 2) sound = sound && read_trainer(found->bytes, options);
    if (found->number == 3) sound = sound && read_normalizer(found->bytes, options);
  }
  if (!reader.ok() || !sound)
    return damaged(path, "no SentencePiece model: a field passes the end or is of no known type");
  if (vocabulary.tokens.empty()) return damaged(path, "holds no pieces");
  if (auto checked = check_options(options, path); !checked) return forward_error(checked);
  vocabulary.add_space_prefix = options.dummy_prefix;
  const auto unknown = std::ranges::find(vocabulary.kinds, TokenKind::kUnknown);
  if (unknown != vocabulary.kinds.end()) {
    vocabulary.unknown = vocabulary.tokens[static_cast<std::size_t>(unknown - vocabulary.kinds.begin())];
  }
  write_spaces(vocabulary);
  return vocabulary;
}

Result<Vocabulary> read_sentencepiece(const std::string& path) {
  auto file = map_file(path);
  if (!file) return forward_error(file);
  if (file->bytes().size() > kMaxFileBytes) {
    return damaged(path, fmt::format("{} bytes long, expected at most {}", file->bytes().size(), kMaxFileBytes));
  }
  return parse_sentencepiece(file->bytes(), path);
}

}  // namespace sotto::published
