#include "gguf/quantization.h"

#include <gtest/gtest.h>

#include <fstream>
#include <nlohmann/json.hpp>

#include "gguf/writer.h"
#include "support/python.h"

namespace sotto::gguf {
namespace {

// Of a file with a small F32 and a larger Q8_0 tensor that says it is of this type, unless negative.
std::string name_with(const support::ScratchFolder& folder, std::int64_t file_type) {
  Writer writer;
  if (file_type >= 0) writer.set("general.file_type", static_cast<std::uint32_t>(file_type));
  writer.add_tensor("f32", TensorType::kF32, std::vector<std::uint64_t>{8});
  writer.add_tensor("q8", TensorType::kQ8_0, std::vector<std::uint64_t>{32});
  const auto written = writer.write(folder.file("m.gguf"), [](std::size_t index, const Writer::Sink& sink) {
    return sink(std::vector<std::byte>(index == 0 ? 32 : 34));
  });
  EXPECT_TRUE(written) << written.error().message;
  const auto file = File::open(folder.file("m.gguf"));
  EXPECT_TRUE(file) << file.error().message;
  return file ? quantization_of(*file) : "";
}

TEST(Quantization, NamesAreThoseOfTheGgufPackage) {
  const support::ScratchFolder folder;
  ASSERT_EQ(support::run_python("oracle_gguf.py", {"file_types", folder.file("types.json")}), 0);
  std::ifstream in(folder.file("types.json"));
  const auto types = nlohmann::json::parse(in);
  ASSERT_GT(types.size(), 30u);
  for (const auto& [number, name] : types.items()) {
    if (std::stoul(number) < 41) {
      EXPECT_EQ(name_with(folder, std::stol(number)), name.get<std::string>());
    }
  }
}

TEST(Quantization, IsThatOfMostValuesWhenTheFileDoesNotSay) {
  const support::ScratchFolder folder;
  for (const std::int64_t number : {-1, 5, 33, 42, 9999}) EXPECT_EQ(name_with(folder, number), "Q8_0") << number;
}

}  // namespace
}  // namespace sotto::gguf
