#include "engine/session_head.h"

#include <gtest/gtest.h>

#include <cstring>
#include <string>

namespace sotto::engine {
namespace {

SessionHead sample() {
  return {{"Tiny", 42, "plain sums", "f16", 4096}, {7, 9, 0, {5, {4, 0, 2}}}, {28, 1}, {5, 2}, {{64, 3}, {128, 4}}};
}

// The second half written by hand, as the header describes it.
std::string expected_second_half() {
  std::string bytes;
  const auto number = [&bytes](auto value) { bytes.append(reinterpret_cast<const char*>(&value), sizeof value); };
  const auto text = [&](const std::string& value) {
    number(std::uint64_t(value.size()));
    bytes += value;
  };
  text("Tiny");
  number(std::uint64_t(42));
  text("plain sums");
  text("f16");
  for (const std::int32_t value : {4096, 7, 9, 0, 5, 4, 0, 2}) number(value);
  for (const std::uint64_t value : {28, 1, 5, 2, 2, 64, 3, 128, 4}) number(value);
  return bytes;
}

std::span<const std::byte> bytes_of(const std::string& text) { return std::as_bytes(std::span(text)); }

TEST(SessionHead, IsWrittenAsDescribed) {
  const auto bytes = encode(sample());
  const std::string file(reinterpret_cast<const char*>(bytes.data()), bytes.size());
  const std::string second = expected_second_half();
  EXPECT_EQ(file.substr(0, 8), "SOTTOSES");
  EXPECT_EQ(file.substr(Preamble::kBytes), second);
  const auto preamble = decode_preamble(bytes_of(file).first(Preamble::kBytes));
  ASSERT_TRUE(preamble) << preamble.error().message;
  EXPECT_EQ(preamble->n_bytes, second.size());
}

TEST(SessionHead, IsReadAsDescribed) {
  const std::string second = expected_second_half();
  const auto head = decode_head(bytes_of(second));
  ASSERT_TRUE(head) << head.error().message;
  EXPECT_EQ(head->owner.model, "Tiny");
  EXPECT_EQ(head->owner.fingerprint, 42u);
  EXPECT_EQ(head->owner.ctx_tokens, 4096);
  EXPECT_EQ(head->fill, (model::KvCache::Fill{7, 9, 0, {5, {4, 0, 2}}}));
  EXPECT_EQ(head->note.checksum, 2u);
  ASSERT_EQ(head->layers.size(), 2u);
  EXPECT_EQ(head->layers[1].n_bytes, 128u);
}

TEST(SessionHead, NoLengthIsBelieved) {
  const std::string second = expected_second_half();
  for (std::size_t n = 0; n < second.size(); ++n) EXPECT_FALSE(decode_head(bytes_of(second).first(n))) << n;
  EXPECT_FALSE(decode_head(bytes_of(second + "x")));
  for (const std::size_t length_at : {std::size_t{0}, second.size() - 5 * 8}) {  // of the name; the number of layers
    std::string bad = second;
    std::memset(bad.data() + length_at, 0xFF, 8);
    EXPECT_FALSE(decode_head(bytes_of(bad))) << length_at;
  }
}

}  // namespace
}  // namespace sotto::engine
