// Files: what is refused, what is copied, and that the way the work is split changes nothing.
#include "quantize/file.h"

#include <gtest/gtest.h>

#include <cmath>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <limits>

#include "gguf/file.h"
#include "gguf/writer.h"
#include "kernels/dequantize.h"
#include "support/temporary_folder.h"

namespace sotto::quantize {
namespace {

using gguf::TensorType;

struct Given {
  std::string name;
  std::vector<std::uint64_t> dims;
  std::vector<float> values;
};

std::vector<float> wave(std::size_t n, float size = 0.1f) {
  std::vector<float> values(n);
  for (std::size_t i = 0; i < n; ++i) values[i] = size * std::sin(0.37f * static_cast<float>(i) + 0.1f);
  return values;
}

std::vector<Given> small_model() {
  return {{"token_embd.weight", {256, 100}, wave(25'600)},
          {"blk.0.attn_norm.weight", {256}, wave(256)},
          {"blk.0.attn_v.weight", {256, 64}, wave(16'384)},
          {"blk.0.ffn_up.weight", {288, 300}, wave(86'400)}};
}

void write_part(const std::string& path, const std::vector<Given>& tensors, int part = -1, int n_parts = 0) {
  gguf::Writer writer;
  if (part <= 0) {
    writer.set("general.architecture", "llama");
    writer.set("llama.block_count", std::uint32_t{1});
    writer.set("general.note", "kept ☕");
  }
  if (part >= 0) {
    writer.set("split.no", static_cast<std::uint16_t>(part));
    writer.set("split.count", static_cast<std::uint16_t>(n_parts));
  }
  for (const Given& tensor : tensors) writer.add_tensor(tensor.name, TensorType::kF32, tensor.dims);
  const auto written = writer.write(path, [&](std::size_t index, const gguf::Writer::Sink& sink) {
    return sink(std::as_bytes(std::span(tensors[index].values)));
  });
  ASSERT_TRUE(written) << written.error().message;
}

std::string bytes_of_file(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

class QuantizeFile : public testing::Test {
 protected:
  Result<QuantizedFile> run(const char* type, QuantizeOptions options = {}) {
    options.type = find_file_type(type);
    options.on_note = [this](const std::string& note) { notes.push_back(note); };
    return quantize_file(in, out, options);
  }
  void expect_refused(const char* type, ErrorCode code, const std::string& part) {
    const auto done = run(type);
    ASSERT_FALSE(done);
    EXPECT_EQ(done.error().code, code);
    EXPECT_NE(done.error().message.find(part), std::string::npos) << done.error().message;
  }
  std::size_t n_files() const {
    const std::filesystem::directory_iterator files(folder.path());
    return static_cast<std::size_t>(std::distance(begin(files), end(files)));
  }

  support::TemporaryFolder folder;
  std::string in = folder.file("in.gguf"), out = folder.file("out.gguf");
  std::vector<std::string> notes;
};

TEST_F(QuantizeFile, MatricesChangeAndTheRestIsKept) {
  write_part(in, small_model());
  const auto done = run("Q4_K_M");
  ASSERT_TRUE(done) << done.error().message;
  EXPECT_TRUE(notes.empty());
  const auto file = gguf::File::open(out);
  ASSERT_TRUE(file) << file.error().message;
  EXPECT_EQ(file->tensor("token_embd.weight")->type, TensorType::kQ6_K);
  EXPECT_EQ(file->tensor("blk.0.attn_norm.weight")->type, TensorType::kF32);
  EXPECT_EQ(file->tensor("blk.0.attn_v.weight")->type, TensorType::kQ6_K);
  EXPECT_EQ(file->tensor("blk.0.ffn_up.weight")->type, TensorType::kQ5_0);
  EXPECT_EQ(file->string("general.note")->value(), "kept ☕");
  EXPECT_EQ(file->integer("general.file_type")->value(), 15);
  EXPECT_EQ(file->integer("general.quantization_version")->value(), 2);
  EXPECT_EQ(done->n_tensors, 4u);
  EXPECT_EQ(done->n_values, 25'600u + 256 + 16'384 + 86'400);
  EXPECT_EQ(done->weight_bytes, 100u * 210 + 1'024 + 64 * 210 + 300 * 9 * 22);
  for (const Given& given : small_model()) {
    const gguf::Tensor* tensor = file->tensor(given.name);
    std::vector<float> back(given.values.size());
    kernels::dequantize_row(static_cast<std::uint32_t>(tensor->type), tensor->data.data(), back.data(),
                            static_cast<std::int64_t>(back.size()));
    for (std::size_t i = 0; i < back.size(); ++i) ASSERT_NEAR(back[i], given.values[i], 0.006) << given.name;
  }
}

TEST_F(QuantizeFile, ALicenceIsWrittenWhereTheFileSaysNone) {
  write_part(in, small_model());
  ASSERT_TRUE(run("Q8_0"));
  EXPECT_FALSE(gguf::File::open(out)->string("general.license")->has_value());
  EXPECT_TRUE(notes.empty());
  ASSERT_TRUE(run("Q8_0", {.replace = true, .license_if_missing = {"MIT", "its maker"}}));
  EXPECT_EQ(gguf::File::open(out)->string("general.license")->value(), "MIT");
  ASSERT_EQ(notes.size(), 1u);
  EXPECT_EQ(notes[0], "general.license: \"MIT\" added, from its maker");
  const std::string again = folder.file("again.gguf");
  ASSERT_TRUE(quantize_file(out, again, {.type = find_file_type("Q4_0"), .license_if_missing = {"another", ""}}));
  EXPECT_EQ(gguf::File::open(again)->string("general.license")->value(), "MIT");
}

TEST_F(QuantizeFile, ThreadsChangeNothing) {
  write_part(in, small_model());
  ASSERT_TRUE(run("Q4_K_S", {.threads = 1}));
  const std::string first = bytes_of_file(out);
  ASSERT_TRUE(run("Q4_K_S", {.threads = 3, .replace = true}));
  EXPECT_EQ(first, bytes_of_file(out));
}

TEST_F(QuantizeFile, PartsBecomeOneFile) {
  const std::vector<Given> model = small_model();
  write_part(in, model);
  ASSERT_TRUE(run("Q8_0"));
  const std::string whole = bytes_of_file(out);
  write_part(folder.file("m-00001-of-00002.gguf"), {model[0], model[1]}, 0, 2);
  write_part(folder.file("m-00002-of-00002.gguf"), {model[2], model[3]}, 1, 2);
  in = folder.file("m-00001-of-00002.gguf");
  const auto done = run("Q8_0", {.replace = true});
  ASSERT_TRUE(done) << done.error().message;
  EXPECT_EQ(whole, bytes_of_file(out));
  out = folder.file("m-00002-of-00002.gguf");
  expect_refused("Q8_0", ErrorCode::kBadRequest, "is the file that is read");
}

TEST_F(QuantizeFile, TheFileThatIsReadIsNeverWritten) {
  write_part(in, small_model());
  const std::string before = bytes_of_file(in);
  const std::string link = folder.file("link.gguf"), twin = folder.file("twin.gguf");
  std::filesystem::create_symlink(in, link);
  std::filesystem::create_hard_link(in, twin);
  for (const std::string& same : {in, link, twin}) {
    out = same;
    const auto done = run("Q8_0", {.replace = true});
    ASSERT_FALSE(done);
    EXPECT_EQ(done.error().code, ErrorCode::kBadRequest);
    EXPECT_EQ(before, bytes_of_file(in));
  }
}

TEST_F(QuantizeFile, AFileThatIsThereStays) {
  write_part(in, small_model());
  folder.write("out.gguf", "precious");
  expect_refused("Q8_0", ErrorCode::kBadRequest, "--force");
  EXPECT_EQ(bytes_of_file(out), "precious");
  EXPECT_TRUE(run("Q8_0", {.replace = true}));
}

TEST_F(QuantizeFile, AWeightThatIsNoNumberIsNamed) {
  for (const float bad : {std::numeric_limits<float>::quiet_NaN(), -std::numeric_limits<float>::infinity()}) {
    std::vector<Given> model = small_model();
    model[3].values[77'777] = bad;
    write_part(in, model);
    expect_refused("Q4_0", ErrorCode::kBadFile, "\"blk.0.ffn_up.weight\"");
    EXPECT_EQ(n_files(), 1u);
  }
}

TEST_F(QuantizeFile, AWeightThatNoScaleHoldsIsNamed) {
  std::vector<Given> model = small_model();
  model[2].values[5] = 1e6f;
  write_part(in, model);
  expect_refused("Q4_0", ErrorCode::kBadRequest, "\"blk.0.attn_v.weight\"");
  EXPECT_EQ(n_files(), 1u);
  EXPECT_TRUE(run("BF16"));
}

TEST_F(QuantizeFile, QuantizingTwiceIsSaidAndTheSameTypeIsCopied) {
  write_part(in, small_model());
  ASSERT_TRUE(run("Q8_0"));
  const std::string first = bytes_of_file(out);
  in = out;
  out = folder.file("again.gguf");
  ASSERT_TRUE(run("Q8_0"));
  EXPECT_EQ(first, bytes_of_file(out));
  EXPECT_TRUE(notes.empty());
  out = folder.file("smaller.gguf");
  ASSERT_TRUE(run("Q4_0"));
  ASSERT_EQ(notes.size(), 1u);
  EXPECT_NE(notes[0].find("quantized already (Q8_0)"), std::string::npos) << notes[0];
}

TEST_F(QuantizeFile, NothingIsLeftWhenItIsStopped) {
  write_part(in, small_model());
  const std::atomic<bool> cancel = true;
  const auto done = run("Q4_0", {.cancel = &cancel});
  ASSERT_FALSE(done);
  EXPECT_EQ(done.error().code, ErrorCode::kCancelled);
  EXPECT_EQ(n_files(), 1u);
}

TEST_F(QuantizeFile, ProgressEndsAtAllThatIsRead) {
  write_part(in, small_model());
  std::uint64_t last = 0, total = 0;
  ASSERT_TRUE(run("Q4_0", {.on_progress = [&](std::uint64_t done, std::uint64_t all) { last = done, total = all; }}));
  EXPECT_EQ(last, total);
  EXPECT_EQ(total, 4u * (25'600 + 256 + 16'384 + 86'400));
}

TEST_F(QuantizeFile, WhatIsNotThereIsSaid) {
  expect_refused("Q4_0", ErrorCode::kNotFound, "in.gguf");
  write_part(in, small_model());
  out = folder.file("none/out.gguf");
  expect_refused("Q4_0", ErrorCode::kNotFound, "none");
}

}  // namespace
}  // namespace sotto::quantize
