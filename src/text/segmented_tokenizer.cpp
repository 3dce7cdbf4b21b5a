#include "text/segmented_tokenizer.h"

#include <algorithm>

#include "text/gap_tokens.h"
#include "text/utf8.h"

namespace sotto::text {
namespace {

// The spellings that families give to tokens that end an answer or a turn.
constexpr std::string_view kEndNames[] = {
    "<|im_end|>",
    "<end_of_turn>",
    "<turn|>",
    "<|eot_id|>",
    "<|eom_id|>",
    "<|endoftext|>",
    "<|end|>",
    "<|end_of_text|>",
    "<EOT>",
    "_<EOT>",
    "[EOT]",
    "<|return|>",
    "<|call|>",
    "<turn|>",
    "<end_of_utterance>",
    "<|fim_pad|>",
    "<|repo_name|>",
    "<|file_sep|>",
    "<|eot|>",
    "<|END_OF_TURN_TOKEN|>",
    "<\xEF\xBD\x9C"
    "end\xE2\x96\x81of\xE2\x96\x81sentence\xEF\xBD\x9C>",
};

// In the family whose control tokens take the white space after them ("rstrip"), those that do not.
constexpr std::string_view kNeverEat[] = {"<unk>", "<s>", "<|endoftext|>"};

struct Joined {
  std::string text;            // valid UTF-8
  std::vector<Range> trusted;  // ascending, apart
};

// Joins the pieces. Neighbouring trusted pieces become one range.
Joined join(std::span<const Piece> pieces) {
  Joined joined;
  std::size_t total = 0;
  for (const Piece& piece : pieces) total += piece.text.size();
  joined.text.reserve(total);
  for (const Piece& piece : pieces) {
    const std::size_t begin = joined.text.size();
    joined.text += piece.text;
    if (!piece.trusted || piece.text.empty()) continue;
    if (!joined.trusted.empty() && joined.trusted.back().end == begin) {
      joined.trusted.back().end = joined.text.size();
    } else {
      joined.trusted.push_back({begin, joined.text.size()});
    }
  }
  return joined;
}

// Replaces what is no UTF-8. A range border inside a sequence moves so that the range becomes
// smaller: a byte that is not trusted never becomes so.
void mend(Joined& joined) {
  const std::string_view old = joined.text;
  if (find_invalid_utf8(old) == old.size()) return;
  std::string mended;
  mended.reserve(old.size() + old.size() / 8);
  std::size_t border = 0;  // the next one to move: even ones are begins, odd ones ends
  for (std::size_t at = 0;;) {
    const CodePoint c = at < old.size() ? decode_utf8(old.substr(at)) : CodePoint{};
    const std::size_t next = at < old.size() ? at + c.length : std::string_view::npos;
    for (; border < 2 * joined.trusted.size(); ++border) {
      Range& range = joined.trusted[border / 2];
      if (border % 2 == 0) {
        if (range.begin > at) break;
        range.begin = mended.size();
      } else {
        if (range.end >= next) break;
        range.end = std::max(range.begin, mended.size());
      }
    }
    if (at == old.size()) break;
    mended += c.valid ? old.substr(at, c.length) : kReplacementBytes;
    at = next;
  }
  joined.text = std::move(mended);
}

}  // namespace

SegmentedTokenizer::SegmentedTokenizer(Vocab vocab) : vocab_(std::move(vocab)) { classify(); }

void SegmentedTokenizer::classify() {
  kinds_ = vocab_.kinds;
  kinds_.resize(vocab_.tokens.size(), TokenKind::kNormal);
  for (const TokenId id : {vocab_.bos, vocab_.eos, vocab_.eot}) {
    if (id != kNoToken) kinds_[static_cast<std::size_t>(id)] = TokenKind::kControl;
  }
  for (const TokenId id : {vocab_.eos, vocab_.eot}) {
    if (id != kNoToken) end_tokens_.push_back(id);
  }
  classify_gap();
  for (TokenId id = 0; id < size(); ++id) {
    TokenKind& kind = kinds_[static_cast<std::size_t>(id)];
    if (kind != TokenKind::kControl && kind != TokenKind::kUserDefined) continue;
    if (std::ranges::find(kEndNames, raw(id)) == std::end(kEndNames)) continue;
    kind = TokenKind::kControl;
    end_tokens_.push_back(id);
  }
}

// Where a model fills gaps, what separates files and what stands for nothing ends what fills one.
void SegmentedTokenizer::classify_gap() {
  GapTokens& gap = vocab_.gap;
  find_gap_tokens(vocab_, kinds_, gap);
  if (!gap.complete()) return;
  for (const TokenId id : {gap.prefix, gap.suffix, gap.middle, gap.pad, gap.repository, gap.file}) {
    if (id != kNoToken) kinds_[static_cast<std::size_t>(id)] = TokenKind::kControl;
  }
  for (const TokenId id : {gap.pad, gap.repository, gap.file}) {
    if (id != kNoToken) end_tokens_.push_back(id);
  }
}

void SegmentedTokenizer::index_added_tokens(std::span<const std::string_view> spellings) {
  const bool eating = vocab_.family == "phi3" && vocab_.model == "llama";
  for (TokenId id = 0; id < size(); ++id) {
    if (is_control(id)) {
      const bool eats = eating && std::ranges::find(kNeverEat, raw(id)) == std::end(kNeverEat);
      added_.add(raw(id), {id, true, eats});
    } else if (kind(id) == TokenKind::kUserDefined) {
      added_.add(spellings[static_cast<std::size_t>(id)], {id, false});
    }
  }
}

std::vector<TokenId> SegmentedTokenizer::encode(std::span<const Piece> pieces) const {
  Joined joined = join(pieces);
  mend(joined);
  const std::string_view text = joined.text;
  std::vector<Segment> segments;
  std::size_t at = 0;
  for (const AddedMatch& match : added_.find(text, joined.trusted)) {
    if (match.where.begin > at) segments.push_back({text.substr(at, match.where.begin - at), kNoToken});
    segments.push_back({text.substr(match.where.begin, match.where.end - match.where.begin), match.id});
    at = match.where.end;
  }
  if (at < text.size()) segments.push_back({text.substr(at), kNoToken});
  std::vector<TokenId> out;
  encode_segments(segments, out);
  return out;
}

std::string SegmentedTokenizer::decode(TokenId token, bool show_control) const {
  if (!in_range(token)) return {};
  switch (kind(token)) {
    case TokenKind::kControl:
    case TokenKind::kUnknown: return show_control ? std::string(raw(token)) : std::string();
    default: return decode_text(token);
  }
}

bool SegmentedTokenizer::is_control(TokenId token) const {
  return in_range(token) && (kind(token) == TokenKind::kControl || kind(token) == TokenKind::kUnknown);
}

bool SegmentedTokenizer::ends_generation(TokenId token) const {
  return std::ranges::find(end_tokens_, token) != end_tokens_.end();
}

}  // namespace sotto::text
