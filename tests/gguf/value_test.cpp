#include "gguf/value.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "gguf/bytes.h"

namespace sotto::gguf {
namespace {

// The element as it comes out, which must be a Wide.
template <class Wide, class T>
Wide loaded(ValueType type, T stored) {
  Bytes bytes;
  bytes.u8(0).number(stored);  // at an odd address
  EXPECT_EQ(element_bytes(type), sizeof stored) << name_of(type);
  return std::get<Wide>(load_element(type, bytes.span().data() + 1));
}

TEST(Value, IntegersAreWidenedWithTheirSign) {
  using U = std::uint64_t;
  using I = std::int64_t;
  EXPECT_EQ(loaded<U>(ValueType::kU8, std::uint8_t{255}), 255u);
  EXPECT_EQ(loaded<I>(ValueType::kI8, std::int8_t{-1}), -1);
  EXPECT_EQ(loaded<U>(ValueType::kU16, std::uint16_t{65'535}), 65'535u);
  EXPECT_EQ(loaded<I>(ValueType::kI16, std::int16_t{-32'768}), -32'768);
  EXPECT_EQ(loaded<U>(ValueType::kU32, std::uint32_t{1u << 31}), 1u << 31);
  EXPECT_EQ(loaded<I>(ValueType::kI32, std::int32_t{-5}), -5);
  EXPECT_EQ(loaded<U>(ValueType::kU64, ~U{0}), ~U{0});
  EXPECT_EQ(loaded<I>(ValueType::kI64, std::numeric_limits<I>::min()), std::numeric_limits<I>::min());
}

TEST(Value, FloatsBecomeDouble) {
  EXPECT_EQ(loaded<double>(ValueType::kF32, 0.1f), static_cast<double>(0.1f));
  EXPECT_EQ(loaded<double>(ValueType::kF64, 0.1), 0.1);
  EXPECT_TRUE(std::isnan(loaded<double>(ValueType::kF32, std::nanf(""))));
}

TEST(Value, BoolStaysBool) {
  EXPECT_TRUE(loaded<bool>(ValueType::kBool, std::uint8_t{1}));
  EXPECT_FALSE(loaded<bool>(ValueType::kBool, std::uint8_t{0}));
}

TEST(Value, KindsAreNamed) {
  EXPECT_EQ(kind_of(Value(std::uint64_t{1})), "unsigned integer");
  EXPECT_EQ(kind_of(Value(std::int64_t{1})), "signed integer");
  EXPECT_EQ(kind_of(Value(1.0)), "float");
  EXPECT_EQ(kind_of(Value(true)), "bool");
  EXPECT_EQ(kind_of(Value(std::string_view("x"))), "string");
  EXPECT_EQ(kind_of(Value(Array{ValueType::kF32, 0, {}})), "array of f32");
}

TEST(Value, OtherNumbersAreNoType) {
  for (const std::uint32_t number : {13u, 1000u, 0xffffffffu}) {
    EXPECT_EQ(name_of(static_cast<ValueType>(number)), "unknown");
    EXPECT_EQ(element_bytes(static_cast<ValueType>(number)), 0u);
  }
  EXPECT_EQ(element_bytes(ValueType::kString), 0u);
  EXPECT_EQ(element_bytes(ValueType::kArray), 0u);
}

}  // namespace
}  // namespace sotto::gguf
