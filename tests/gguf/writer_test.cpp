#include "gguf/writer.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "support/models.h"
#include "support/python.h"

namespace sotto::gguf {
namespace {

using Json = nlohmann::ordered_json;

// What the `gguf` package reads in a file; null when it cannot.
Json dump(const support::ScratchFolder& folder, const std::string& path) {
  const std::string out = folder.file("dump.json");
  if (support::run_python("oracle_gguf.py", {"dump", path, out}) != 0) return nullptr;
  std::ifstream in(out);
  return Json::parse(in);
}

std::span<const std::byte> bytes_in(std::string_view text) { return std::as_bytes(std::span(text)); }

const std::vector<std::string> kData = {std::string(3 * 2 * 4, 'a'), std::string(34 * 2, 'b'), std::string(2 * 5, 'c')};

Writer sample_writer() {
  Writer writer;
  writer.set("general.architecture", "llama");
  writer.set("k.u8", std::uint8_t{200});
  writer.set("k.i8", std::int8_t{-100});
  writer.set("k.u16", std::uint16_t{60'000});
  writer.set("k.i16", std::int16_t{-30'000});
  writer.set("k.u32", std::uint32_t{4'000'000'000});
  writer.set("k.i32", -2'000'000'000);
  writer.set("k.u64", std::uint64_t{9'223'372'036'854'775'813u});
  writer.set("k.i64", std::int64_t{-5});
  writer.set("k.f32", 0.1f);
  writer.set("k.f64", 0.1);
  writer.set("k.bool", true);
  writer.set("k.text", "naïve ☕");
  const std::vector<std::string_view> words = {"", "a", "☕"};
  writer.set_array("k.words", std::span(words));
  const std::vector<std::int32_t> numbers = {1, -2, 3};
  writer.set_array("k.numbers", std::span(numbers));
  writer.add_tensor("f32", TensorType::kF32, std::vector<std::uint64_t>{3, 2});
  writer.add_tensor("q8", TensorType::kQ8_0, std::vector<std::uint64_t>{32, 2});
  writer.add_tensor("f16", TensorType::kF16, std::vector<std::uint64_t>{5});
  return writer;
}

Result<void> fill_sample(std::size_t tensor, const Writer::Sink& sink) { return sink(bytes_in(kData[tensor])); }

// For writers without tensors.
Result<void> fill_nothing(std::size_t, const Writer::Sink&) { return {}; }

TEST(Writer, TheGgufPackageReadsIt) {
  support::ScratchFolder folder;
  const std::string path = folder.file("w.gguf");
  const auto written = sample_writer().write(path, fill_sample);
  ASSERT_TRUE(written.has_value()) << written.error().message;
  const Json read = dump(folder, path);
  ASSERT_TRUE(read.is_object()) << "needs Python with gguf";
  const Json keys = Json::parse(R"([
    {"key": "general.architecture", "types": ["STRING"], "value": "llama"},
    {"key": "k.u8", "types": ["UINT8"], "value": 200}, {"key": "k.i8", "types": ["INT8"], "value": -100},
    {"key": "k.u16", "types": ["UINT16"], "value": 60000}, {"key": "k.i16", "types": ["INT16"], "value": -30000},
    {"key": "k.u32", "types": ["UINT32"], "value": 4000000000},
    {"key": "k.i32", "types": ["INT32"], "value": -2000000000},
    {"key": "k.u64", "types": ["UINT64"], "value": 9223372036854775813},
    {"key": "k.i64", "types": ["INT64"], "value": -5},
    {"key": "k.f32", "types": ["FLOAT32"], "value": 0.10000000149011612},
    {"key": "k.f64", "types": ["FLOAT64"], "value": 0.1}, {"key": "k.bool", "types": ["BOOL"], "value": true},
    {"key": "k.text", "types": ["STRING"], "value": "naïve ☕"},
    {"key": "k.words", "types": ["ARRAY", "STRING"], "value": ["", "a", "☕"]},
    {"key": "k.numbers", "types": ["ARRAY", "INT32"], "value": [1, -2, 3]}])");
  EXPECT_EQ(read["keys"], keys);
  ASSERT_EQ(read["tensors"].size(), 3u);
  EXPECT_EQ(read["tensors"][1]["name"], "q8");
  EXPECT_EQ(read["tensors"][1]["type"], "Q8_0");
  EXPECT_EQ(read["tensors"][1]["dims"], Json::parse("[32, 2]"));
}

TEST(Writer, WeReadItBack) {
  support::ScratchFolder folder;
  const std::string path = folder.file("w.gguf");
  Writer writer = sample_writer();
  writer.set("general.alignment", std::uint32_t{4'096});
  ASSERT_TRUE(writer.write(path, fill_sample).has_value());
  const auto file = File::open(path);
  ASSERT_TRUE(file.has_value()) << file.error().message;
  EXPECT_EQ(**file->integer("k.i16"), -30'000);
  EXPECT_EQ(**file->strings("k.words"), (std::vector<std::string_view>{"", "a", "☕"}));
  for (std::size_t i = 0; i < kData.size(); ++i) {
    const auto data = file->tensors()[i].data;
    EXPECT_EQ(std::string(reinterpret_cast<const char*>(data.data()), data.size()), kData[i]);
    EXPECT_EQ(reinterpret_cast<std::uintptr_t>(data.data()) % 4'096, 0u);
  }
}

TEST(Writer, SettingAgainReplacesInPlace) {
  support::ScratchFolder folder;
  Writer writer;
  writer.set("a", 1);
  writer.set("b", 2);
  writer.set("a", "text");
  ASSERT_TRUE(writer.write(folder.file("w.gguf"), fill_nothing).has_value());
  const auto file = File::open(folder.file("w.gguf"));
  ASSERT_TRUE(file.has_value());
  ASSERT_EQ(file->metadata().size(), 2u);
  EXPECT_EQ(file->metadata()[0].first, "a");
  EXPECT_EQ(**file->string("a"), "text");
}

// Copies a real model, its tensors in uneven parts: the package must read the same in both files.
TEST(Writer, CopiesARealModelWhole) {
  const std::string source = support::model_path(support::kSmolLm2);
  if (source.empty()) GTEST_SKIP() << support::kSmolLm2 << " was not fetched";
  support::ScratchFolder folder;
  const auto file = File::open(source);
  ASSERT_TRUE(file.has_value()) << file.error().message;
  Writer writer;
  writer.copy_metadata(*file);
  for (const Tensor& tensor : file->tensors()) {
    writer.add_tensor(std::string(tensor.name), tensor.type,
                      std::span(tensor.dims).first(static_cast<std::size_t>(tensor.n_dims)));
  }
  const auto written = writer.write(folder.file("copy.gguf"), [&](std::size_t i, const Writer::Sink& sink) {
    const auto data = file->tensors()[i].data;
    if (auto first = sink(data.first(data.size() / 3)); !first) return first;
    return sink(data.subspan(data.size() / 3));
  });
  ASSERT_TRUE(written.has_value()) << written.error().message;
  const Json copy = dump(folder, folder.file("copy.gguf"));
  ASSERT_TRUE(copy.is_object()) << "needs Python with gguf";
  EXPECT_EQ(copy["tensors"].size(), 272u);
  EXPECT_TRUE(copy == dump(folder, source)) << "the copy reads otherwise";
}

void expect_refused(const Writer& writer, const Writer::Fill& fill, const std::vector<std::string>& words) {
  support::ScratchFolder folder;
  const auto written = writer.write(folder.file("w.gguf"), fill);
  ASSERT_FALSE(written.has_value());
  EXPECT_EQ(written.error().code, ErrorCode::kBadRequest);
  const std::string& message = written.error().message;
  for (const std::string& word : words) EXPECT_NE(message.find(word), std::string::npos) << word << " in " << message;
  EXPECT_TRUE(std::filesystem::is_empty(folder.path()));
}

TEST(Writer, KeysAndAlignmentsThatReadersRefuseAreRefused) {
  Writer unnamed, long_name, odd, wide;
  unnamed.set("", 1);
  expect_refused(unnamed, fill_nothing, {"key \"\"", "0 bytes"});
  long_name.set(std::string(65'536, 'k'), 1);
  expect_refused(long_name, fill_nothing, {"65536 bytes"});
  odd.set("general.alignment", std::uint32_t{13});
  expect_refused(odd, fill_nothing, {"general.alignment", "power of two"});
  wide.set("general.alignment", std::uint64_t{32});
  expect_refused(wide, fill_nothing, {"general.alignment", "u32"});
}

TEST(Writer, TensorsThatReadersRefuseAreRefused) {
  const auto with = [](std::string name, TensorType type, std::vector<std::uint64_t> dims) {
    Writer writer;
    writer.add_tensor("good", TensorType::kF32, std::vector<std::uint64_t>{1});
    writer.add_tensor(std::move(name), type, dims);
    return writer;
  };
  expect_refused(with("", TensorType::kF32, {4}), fill_nothing, {"tensor \"\"", "name"});
  expect_refused(with("good", TensorType::kF32, {4}), fill_nothing, {"\"good\" stands twice"});
  expect_refused(with("w", TensorType::kQ4_K, {100}), fill_nothing, {"\"w\"", "100", "Q4_K"});
  expect_refused(with("w", TensorType::kF32, {4, 0}), fill_nothing, {"\"w\"", "4 x 0"});
  expect_refused(with("w", TensorType::kF32, {}), fill_nothing, {"\"w\"", "0 dimensions"});
  expect_refused(with("w", TensorType::kF32, {1, 1, 1, 1, 1}), fill_nothing, {"\"w\"", "5 dimensions"});
  expect_refused(with("w", TensorType::kF32, {1ull << 62}), fill_nothing, {"\"w\""});
  expect_refused(with("w", TensorType::kF32, {1ull << 61}), fill_nothing, {"\"w\""});
  expect_refused(with("w", static_cast<TensorType>(4), {32}), fill_nothing, {"\"w\"", "Q4_2"});
}

TEST(Writer, DataOfAnotherSizeIsRefused) {
  Writer writer;
  writer.add_tensor("w", TensorType::kF32, std::vector<std::uint64_t>{4});
  const auto fill_with = [](std::size_t n) {
    return [n](std::size_t, const Writer::Sink& sink) { return sink(bytes_in(std::string(n, 'x'))); };
  };
  expect_refused(writer, fill_with(15), {"\"w\"", "found 15 bytes", "expected 16"});
  expect_refused(writer, fill_with(17), {"\"w\"", "found 17 bytes", "expected 16"});
}

TEST(Writer, ErrorsOfTheFillAreHandedOnAndNothingIsLeft) {
  support::ScratchFolder folder;
  const auto written = sample_writer().write(folder.file("w.gguf"), [](std::size_t i, const Writer::Sink& sink) {
    return i == 1 ? Result<void>(Unexpected(ErrorCode::kCancelled, "stopped")) : fill_sample(i, sink);
  });
  ASSERT_FALSE(written.has_value());
  EXPECT_EQ(written.error().code, ErrorCode::kCancelled);
  EXPECT_TRUE(std::filesystem::is_empty(folder.path()));
}

TEST(Writer, WhatIsRemovedIsNotWrittenAndTheRestKeepsItsOrder) {
  support::ScratchFolder folder;
  const std::string path = folder.file("w.gguf");
  Writer writer;
  writer.set("a", 1);
  writer.set("b", 2);
  writer.set("c", 3);
  writer.remove("a");
  writer.remove("not there");
  writer.set("c", 4);
  writer.set("a", 5);
  ASSERT_TRUE(writer.write(path, fill_nothing));
  const auto file = File::open(path);
  ASSERT_TRUE(file);
  std::string keys;
  for (const auto& [key, value] : file->metadata()) keys += key;
  EXPECT_EQ(keys, "bca");
  EXPECT_EQ(file->integer("c")->value(), 4);
  EXPECT_EQ(file->integer("a")->value(), 5);
}

}  // namespace
}  // namespace sotto::gguf
