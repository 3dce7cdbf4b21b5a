#include "published/sampling_advice.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "gguf/file.h"
#include "published/support.h"

namespace sotto::published {
namespace {

constexpr const char* kFile = "generation_config.json";

// What a folder with this generation_config.json gives: the file with the keys, and the notes.
struct Advised {
  explicit Advised(const std::string& json) {
    folder.write(kFile, json);
    gguf::Writer writer;
    const auto done = write_sampling_advice(folder.path(), writer, notes);
    EXPECT_TRUE(done) << done.error().message;
    const std::uint64_t dims[] = {1};
    writer.add_tensor("a", gguf::TensorType::kF32, dims);
    const auto written = writer.write(folder.file("a.gguf"), [](std::size_t, const gguf::Writer::Sink& sink) {
      return sink(std::as_bytes(std::span("\0\0\0", 4)));
    });
    EXPECT_TRUE(written) << written.error().message;
    auto opened = gguf::File::open(folder.file("a.gguf"));
    EXPECT_TRUE(opened) << opened.error().message;
    file = std::move(*opened);
  }

  // NaN: the file has no such key.
  double number(const std::string& key) const {
    const auto found = file.number("general.sampling." + key);
    return found && *found ? **found : std::nan("");
  }

  test::TemporaryFolder folder;
  std::vector<std::string> notes;
  gguf::File file;
};

TEST(SamplingAdvice, BecomesKeys) {
  const Advised said(
      R"({"do_sample": true, "temperature": 0.6, "top_k": 20, "top_p": 0.95, "min_p": 0.0, "repetition_penalty": 1.05,
          "eos_token_id": 2, "transformers_version": "5.0"})");
  EXPECT_FLOAT_EQ(said.number("temp"), 0.6f);
  EXPECT_EQ(said.number("top_k"), 20);
  EXPECT_FLOAT_EQ(said.number("top_p"), 0.95f);
  EXPECT_EQ(said.number("min_p"), 0);
  EXPECT_FLOAT_EQ(said.number("penalty_repeat"), 1.05f);
  EXPECT_EQ(said.file.metadata().size(), 5u);
  EXPECT_TRUE(said.notes.empty());
}

TEST(SamplingAdvice, WhereNothingIsDrawnOnlyThePenaltyCounts) {
  const Advised said(R"({"do_sample": false, "temperature": 0.6, "top_p": 0.9, "repetition_penalty": 1.1})");
  EXPECT_FLOAT_EQ(said.number("penalty_repeat"), 1.1f);
  EXPECT_EQ(said.file.metadata().size(), 1u);
}

TEST(SamplingAdvice, NothingSaidIsNothingWritten) {
  EXPECT_TRUE(Advised(R"({"temperature": null})").file.metadata().empty());
  const test::TemporaryFolder empty;
  gguf::Writer writer;
  std::vector<std::string> notes;
  EXPECT_TRUE(write_sampling_advice(empty.path(), writer, notes));
}

TEST(SamplingAdvice, HostileValuesAreLeftOutWithANote) {
  const std::pair<const char*, std::vector<const char*>> hostile[] = {
      {"temperature", {"-1", "1e300", "\"0.6\"", "[0.6]", "{}", "true", "100.5"}},
      {"top_k", {"-1", "1.5", "18446744073709551615", "4194305", "\"20\"", "false", "1e2"}},
      {"top_p", {"1.01", "-0.1", "\"\\u001b[2J\"", "[[]]"}},
      {"min_p", {"2", "-1e-9", "true"}},
      {"repetition_penalty", {"0", "-1.1", "101", "\"NaN\""}},
  };
  for (const auto& [name, values] : hostile) {
    for (const char* value : values) {
      SCOPED_TRACE(std::string(name) + " " + value);
      const Advised said("{\"" + std::string(name) + "\": " + value + "}");
      EXPECT_TRUE(said.file.metadata().empty());
      ASSERT_EQ(said.notes.size(), 1u);
      const std::string& note = said.notes.front();
      EXPECT_NE(note.find(std::string(kFile) + ": " + name + ": found "), std::string::npos) << note;
      EXPECT_NE(note.find("expected a "), std::string::npos) << note;
      EXPECT_TRUE(std::ranges::all_of(note, [](unsigned char c) { return c >= ' ' && c < 127; })) << note;
    }
  }
}

TEST(SamplingAdvice, WhatIsNoJsonIsAnError) {
  for (const char* text : {"{\"temperature\": NaN}", "{\"temperature\": 1e999}", "[]", "{", "{\"a\":1,\"a\":2}"}) {
    const test::TemporaryFolder folder;
    folder.write(kFile, text);
    gguf::Writer writer;
    std::vector<std::string> notes;
    const auto done = write_sampling_advice(folder.path(), writer, notes);
    ASSERT_FALSE(done) << text;
    EXPECT_EQ(done.error().code, ErrorCode::kBadFile);
    EXPECT_NE(done.error().message.find(kFile), std::string::npos);
  }
}

}  // namespace
}  // namespace sotto::published
