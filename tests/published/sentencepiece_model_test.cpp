#include "published/sentencepiece_model.h"

#include <gtest/gtest.h>

#include <bit>

#include "published/support.h"

namespace sotto::published {
namespace {

using test::bytes_of;

std::string varint(std::uint64_t value) {
  std::string bytes;
  for (; value >= 0x80; value >>= 7) bytes += static_cast<char>(value | 0x80);
  return bytes + static_cast<char>(value);
}

std::string number_field(std::uint32_t number, std::uint64_t value) { return varint(number << 3) + varint(value); }
std::string bytes_field(std::uint32_t number, const std::string& bytes) {
  return varint(number << 3 | 2) + varint(bytes.size()) + bytes;
}

std::string piece(const std::string& text, float score, std::uint64_t kind) {
  std::string bits;
  for (int shift = 0; shift < 32; shift += 8) bits += static_cast<char>(std::bit_cast<std::uint32_t>(score) >> shift);
  return bytes_field(1, bytes_field(1, text) + varint(2 << 3 | 5) + bits + number_field(3, kind));
}

std::string pieces() {
  return piece("<unk>", 0, 2) + piece("<s>", 0, 3) +
         piece(
             "\xE2\x96\x81"
             "a",
             -1.5f, 1);
}
std::string bpe() { return bytes_field(2, number_field(3, 2)); }
std::string plain() { return bytes_field(3, number_field(3, 0) + number_field(4, 0)); }

TEST(SentencePieceModel, ReadsPiecesScoresAndSwitches) {
  const std::string bytes = pieces() + piece("\xE2\x96\x81\xE2\x96\x81", -3, 4) + bpe() + plain();
  const auto vocabulary = parse_sentencepiece(bytes_of(bytes), "tokenizer.model");
  ASSERT_TRUE(vocabulary) << vocabulary.error().message;
  EXPECT_EQ(vocabulary->tokens, (std::vector<std::string>{"<unk>", "<s>",
                                                          "\xE2\x96\x81"
                                                          "a",
                                                          "  "}));
  EXPECT_EQ(vocabulary->scores, (std::vector<float>{0, 0, -1.5f, -3}));
  EXPECT_EQ(vocabulary->kinds[3], TokenKind::kUserDefined);
  EXPECT_EQ(vocabulary->unknown, "<unk>");
  EXPECT_FALSE(vocabulary->add_space_prefix);
}

TEST(SentencePieceModel, UnknownFieldsArePassedOver) {
  const std::string bytes = number_field(9, 5) + bytes_field(77, "more") + pieces() + bpe() + plain() +
                            varint(12 << 3 | 1) + std::string(8, 'x');
  EXPECT_TRUE(parse_sentencepiece(bytes_of(bytes), "m"));
}

struct HostileModel {
  const char* name;
  std::string bytes;
  const char* said;
  ErrorCode code = ErrorCode::kBadFile;
};

TEST(SentencePieceModel, RefusesHostileFilesInAClearWay) {
  const HostileModel cases[] = {
      {"empty", "", "holds no pieces"},
      {"text", "#version: 0.2\na b\n", "no SentencePiece model"},
      {"tag_alone", varint(1 << 3 | 2), "no SentencePiece model"},
      {"length_past_the_end", varint(1 << 3 | 2) + varint(100) + "abc", "no SentencePiece model"},
      {"length_of_all_bits", varint(1 << 3 | 2) + varint(UINT64_MAX) + "abc", "no SentencePiece model"},
      {"varint_without_end", std::string(20, '\xFF'), "no SentencePiece model"},
      {"varint_too_long", varint(9 << 3) + std::string(9, '\xFF') + "\x02", "no SentencePiece model"},
      {"field_number_zero", varint(0) + varint(0), "no SentencePiece model"},
      {"group", varint(1 << 3 | 3), "no SentencePiece model"},
      {"wire_type_7", varint(1 << 3 | 7), "no SentencePiece model"},
      {"fixed_past_the_end", varint(9 << 3 | 5) + "abc", "no SentencePiece model"},
      {"damaged_piece",
       bytes_field(1,
                   "\x0A\x7F"
                   "a") +
           bpe() + plain(),
       "piece 0: no message"},
      {"piece_without_text", bytes_field(1, number_field(3, 1)) + bpe() + plain(), "empty or no UTF-8"},
      {"piece_is_no_utf8", piece("\xFF", 0, 1) + bpe() + plain(), "empty or no UTF-8"},
      {"score_is_nan", piece("a", std::bit_cast<float>(0x7fc00000u), 1) + bpe() + plain(), "its score is no number"},
      {"type_zero", piece("a", 0, 0) + bpe() + plain(), "its type is 0"},
      {"type_seven", piece("a", 0, 7) + bpe() + plain(), "its type is 7"},
      {"damaged_trainer", pieces() + bytes_field(2, "\x18") + plain(), "no SentencePiece model"},
      {"damaged_normalizer", pieces() + bpe() + bytes_field(3, "\x12\x7F"), "no SentencePiece model"},
      {"unigram", pieces() + bytes_field(2, number_field(3, 1)) + plain(), "number 1", ErrorCode::kUnsupported},
      {"no_trainer", pieces() + plain(), "number 1", ErrorCode::kUnsupported},
      {"rewrites", pieces() + bpe() + bytes_field(3, bytes_field(2, "map") + number_field(4, 0)), "rewrites characters",
       ErrorCode::kUnsupported},
      {"space_behind", pieces() + bytes_field(2, number_field(3, 2) + number_field(24, 1)) + plain(), "word before",
       ErrorCode::kUnsupported},
      {"trims", pieces() + bpe() + bytes_field(3, number_field(4, 1)), "runs of spaces", ErrorCode::kUnsupported},
      {"no_escapes", pieces() + bpe() + bytes_field(3, number_field(4, 0) + number_field(5, 0)), "U+2581",
       ErrorCode::kUnsupported},
  };
  for (const HostileModel& hostile : cases) {
    const auto vocabulary = parse_sentencepiece(bytes_of(hostile.bytes), "m.model");
    ASSERT_FALSE(vocabulary) << hostile.name;
    EXPECT_EQ(vocabulary.error().code, hostile.code) << hostile.name << ": " << vocabulary.error().message;
    EXPECT_NE(vocabulary.error().message.find(hostile.said), std::string::npos)
        << hostile.name << ": " << vocabulary.error().message;
  }
}

TEST(SentencePieceModel, AnyCutIsReadOrRefused) {
  const std::string whole = pieces() + bpe() + plain();
  for (std::size_t size = 0; size < whole.size(); ++size) {
    const auto vocabulary = parse_sentencepiece(bytes_of(whole).first(size), "m");
    if (!vocabulary) {
      EXPECT_FALSE(vocabulary.error().message.empty());
    }
  }
}

}  // namespace
}  // namespace sotto::published
