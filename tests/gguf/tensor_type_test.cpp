#include "gguf/tensor_type.h"

#include <gtest/gtest.h>

#include <fstream>
#include <map>
#include <nlohmann/json.hpp>

#include "support/python.h"

namespace sotto::gguf {
namespace {

TEST(TensorType, NamesAndSizesAreThoseOfTheGgufPackage) {
  support::ScratchFolder folder;
  ASSERT_EQ(support::run_python("oracle_gguf.py", {"types", folder.file("types.json")}), 0);
  std::ifstream in(folder.file("types.json"));
  const auto types = nlohmann::json::parse(in);  // {number: [name, values a block, bytes a block]}
  ASSERT_GT(types.size(), 30u);
  int readable = 0;
  for (const auto& [number_text, row] : types.items()) {
    const auto number = static_cast<std::uint32_t>(std::stoul(number_text));
    const TypeStanding standing = type_standing(number);
    EXPECT_EQ(standing.name, row[0].get<std::string>());
    const auto info = type_info(static_cast<TensorType>(number));
    EXPECT_EQ(standing.status, info ? TypeStatus::kReadable : TypeStatus::kUnsupported) << row[0];
    if (!info) continue;
    ++readable;
    EXPECT_EQ(info->name, row[0].get<std::string>());
    EXPECT_EQ(info->block_values, row[1].get<std::uint32_t>()) << row[0];
    EXPECT_EQ(info->block_bytes, row[2].get<std::uint32_t>()) << row[0];
  }
  EXPECT_EQ(readable, 28);  // and Q2_0, which the package does not know
}

TEST(TensorType, RemovedTypesAreNamed) {
  const std::map<std::uint32_t, std::string_view> removed = {{4, "Q4_2"},        {5, "Q4_3"},       {31, "Q4_0_4_4"},
                                                             {32, "Q4_0_4_8"},   {33, "Q4_0_8_8"},  {36, "IQ4_NL_4_4"},
                                                             {37, "IQ4_NL_4_8"}, {38, "IQ4_NL_8_8"}};
  for (const auto& [number, name] : removed) {
    EXPECT_EQ(type_standing(number).status, TypeStatus::kRemoved);
    EXPECT_EQ(type_standing(number).name, name);
    EXPECT_FALSE(type_info(static_cast<TensorType>(number)));
  }
}

TEST(TensorType, OtherNumbersAreUnknown) {
  for (const std::uint32_t number : {43u, 1u << 31, ~0u}) {
    EXPECT_EQ(type_standing(number).status, TypeStatus::kUnknown);
    EXPECT_FALSE(type_info(static_cast<TensorType>(number)));
  }
}

TEST(TensorType, BytesOfATensor) {
  EXPECT_EQ(data_bytes(TensorType::kF32, {3, 5, 7, 2}), 3u * 5 * 7 * 2 * 4);
  EXPECT_EQ(data_bytes(TensorType::kQ4_K, {512, 3, 1, 1}), 2u * 144 * 3);
  EXPECT_EQ(data_bytes(TensorType::kQ8_0, {32, 1, 1, 1}), 34u);
}

TEST(TensorType, NoBytesForBrokenRowsAndOverflow) {
  EXPECT_FALSE(data_bytes(TensorType::kQ8_0, {33, 1, 1, 1}));
  EXPECT_FALSE(data_bytes(TensorType::kQ6_K, {128, 1, 1, 1}));
  EXPECT_FALSE(data_bytes(TensorType::kF32, {1ull << 62, 1, 1, 1}));
  EXPECT_FALSE(data_bytes(TensorType::kF32, {1ull << 31, 1ull << 31, 1, 1}));
  // The bytes fit, the number of values does not.
  EXPECT_FALSE(data_bytes(TensorType::kQ4_0, {1ull << 63, 2, 1, 1}));
  EXPECT_TRUE(data_bytes(TensorType::kQ4_0, {1ull << 63, 1, 1, 1}));
}

}  // namespace
}  // namespace sotto::gguf
