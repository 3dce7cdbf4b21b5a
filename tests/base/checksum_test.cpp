#include "base/checksum.h"

#include <gtest/gtest.h>

#include <array>

namespace sotto::base {
namespace {

TEST(Checksum, OfNoBytesIsTheSpecificationsValue) { EXPECT_EQ(Checksum::of({}), 0x2d06800538d394c2u); }

TEST(Checksum, IsTheSameHoweverTheBytesCome) {
  std::array<std::byte, 1000> bytes;
  for (std::size_t i = 0; i < bytes.size(); ++i) bytes[i] = static_cast<std::byte>(i * 37);
  const std::span<const std::byte> all(bytes);
  Checksum pieces;
  pieces.add(all.first(1));
  pieces.add({});
  pieces.add(all.subspan(1, 700));
  pieces.add(all.subspan(701));
  EXPECT_EQ(pieces.value(), Checksum::of(all));
  EXPECT_NE(pieces.value(), Checksum::of(all.first(999)));
}

}  // namespace
}  // namespace sotto::base
