#include "engine/session_file.h"

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <functional>
#include <iterator>

#include "base/checksum.h"

namespace sotto::engine {
namespace {

constexpr int kVocab = 300;

model::DecoderSpec spec_of(int n_layers, int window) {
  model::DecoderSpec spec;
  spec.n_layers = n_layers;
  spec.n_kv_heads = 2;
  spec.head_dim = 16;
  spec.window = window;
  spec.windowed.assign(static_cast<std::size_t>(n_layers), false);
  if (window > 0) spec.windowed[0] = true;
  return spec;
}

// A cache of three layers, the first with a window of 100 in a ring of 192 slots, and the file of one test.
class SessionFile : public ::testing::Test {
 protected:
  static constexpr int kBatch = 64;

  static SessionOwner owner(int ctx_tokens = 400) { return {"Tiny", 42, "plain sums", "f16", ctx_tokens}; }
  static std::unique_ptr<model::KvCache> cache_of(int ctx_tokens = 400, int window = 100) {
    return std::make_unique<model::KvCache>(spec_of(3, window), KvType::kInt8, ctx_tokens, kBatch);
  }

  void SetUp() override {
    folder_ = std::filesystem::temp_directory_path() / ("sotto-session-" + std::to_string(::getpid()));
    std::filesystem::create_directories(folder_);
    path_ = folder_ / "kept";
  }
  void TearDown() override { std::filesystem::remove_all(folder_); }

  // A byte for each place that depends on where it is.
  static void paint(model::KvCache& cache) {
    std::uint32_t next = 1;
    for (int l = 0; l < cache.n_layers(); ++l)
      for (const auto piece : cache.held(l))
        for (std::byte& byte : piece) byte = static_cast<std::byte>((next = next * 1664525u + 1013904223u) >> 24);
  }

  static std::vector<std::byte> contents(model::KvCache& cache) {
    std::vector<std::byte> all;
    for (int l = 0; l < cache.n_layers(); ++l)
      for (const auto piece : cache.held(l)) all.insert(all.end(), piece.begin(), piece.end());
    return all;
  }

  static std::vector<Token> tokens_of(int n) {
    std::vector<Token> tokens;
    for (int i = 0; i < n; ++i) tokens.push_back((i * 7) % kVocab);
    return tokens;
  }

  // Keeps a painted cache that once held `written` tokens and now `size`.
  std::unique_ptr<model::KvCache> keep(int size, int written, int ctx_tokens = 400) {
    auto cache = cache_of(ctx_tokens);
    cache->advance(written);
    EXPECT_TRUE(cache->truncate(size));
    paint(*cache);
    const auto done = write_session(path_, owner(ctx_tokens), tokens_of(size), "a note", *cache);
    EXPECT_TRUE(done) << done.error().message;
    return cache;
  }

  std::string bytes() const {
    std::ifstream in(path_, std::ios::binary);
    return {std::istreambuf_iterator<char>(in), {}};
  }
  void put(const std::string& bytes) const { std::ofstream(path_, std::ios::binary) << bytes; }

  Error error_of(const SessionOwner& who, model::KvCache& cache, int n_vocab = kVocab) const {
    const auto kept = read_session(path_, who, n_vocab, cache);
    if (kept) return {ErrorCode::kCancelled, "it was read"};
    EXPECT_TRUE(kept.error().message.starts_with("reading the session " + path_ + ": ")) << kept.error().message;
    return kept.error();
  }
  void expect_error(ErrorCode code, std::initializer_list<const char*> parts, const SessionOwner& who = owner(),
                    int ctx_tokens = 400) const {
    const auto cache = cache_of(ctx_tokens);
    const Error error = error_of(who, *cache);
    EXPECT_EQ(error.code, code) << error.message;
    for (const char* part : parts) EXPECT_NE(error.message.find(part), std::string::npos) << error.message;
  }

  // The head is changed and its checksum made right again, as someone would who means harm.
  void forge(const std::function<void(SessionHead&)>& change) const {
    const std::string file = bytes();
    const auto preamble = decode_preamble(std::as_bytes(std::span(file)).first(Preamble::kBytes));
    ASSERT_TRUE(preamble);
    auto head = decode_head(std::as_bytes(std::span(file)).subspan(Preamble::kBytes, preamble->n_bytes));
    ASSERT_TRUE(head);
    change(*head);
    const auto forged = encode(*head);
    put(std::string(reinterpret_cast<const char*>(forged.data()), forged.size()) +
        file.substr(Preamble::kBytes + preamble->n_bytes));
  }

  std::filesystem::path folder_;
  std::string path_;
};

TEST_F(SessionFile, WhatIsKeptComesBack) {
  for (const auto& [size, written] :
       std::vector<std::pair<int, int>>{{0, 0}, {1, 1}, {64, 64}, {150, 180}, {300, 300}}) {
    const auto kept = keep(size, written);
    const auto cache = cache_of();
    const auto read = read_session(path_, owner(), kVocab, *cache);
    ASSERT_TRUE(read) << read.error().message;
    EXPECT_EQ(read->tokens, tokens_of(size));
    EXPECT_EQ(read->note, "a note");
    EXPECT_EQ(cache->size(), size);
    EXPECT_EQ(contents(*cache), contents(*kept)) << size << " of " << written;
    // What a ring has dropped is known as well.
    for (const int shorter : {size - 20, size - 100}) {
      if (shorter <= 0) continue;
      EXPECT_EQ(cache->truncate(shorter), kept->truncate(shorter)) << shorter << " of " << size;
    }
  }
}

TEST_F(SessionFile, ItGrowsWithTheTokensAndNotWithTheContext) {
  keep(10, 10);
  const auto small = std::filesystem::file_size(path_);
  keep(150, 150);
  // 128 positions more: in 3 layers for each of 2 heads a key and a value of 16 bytes and a scale; and 140 tokens.
  EXPECT_EQ(std::filesystem::file_size(path_) - small, 128u * 3 * 2 * 2 * (16 + 2) + 140 * 4);
}

TEST_F(SessionFile, AnotherContextWillDoWhereTheTokensFit) {
  const auto kept = keep(150, 150);
  const auto larger = cache_of(1000), smaller = cache_of(150);
  ASSERT_TRUE(read_session(path_, owner(1000), kVocab, *larger));
  EXPECT_EQ(contents(*larger), contents(*kept));
  ASSERT_TRUE(read_session(path_, owner(150), kVocab, *smaller));
  EXPECT_EQ(contents(*smaller), contents(*kept));
  expect_error(ErrorCode::kContextFull, {"150 tokens", "149", "--ctx 400"}, owner(149), 149);
}

TEST_F(SessionFile, ARingOfAnotherSizeIsRefused) {
  keep(180, 230);  // once round its ring of 192 slots; the smaller context keeps everything
  expect_error(ErrorCode::kContextFull, {"400", "184", "--ctx 400"}, owner(184), 184);
}

TEST_F(SessionFile, OnlyItsOwnerReadsIt) {
  keep(3, 3);
  struct stat info{};
  ASSERT_EQ(::stat(path_.c_str(), &info), 0);
  EXPECT_EQ(info.st_mode & 0777, 0600u);
}

TEST_F(SessionFile, BelongsToOneModelOneArithmeticOneLayout) {
  keep(3, 3);
  SessionOwner other = owner();
  other.model = "Other";
  other.fingerprint = 43;
  expect_error(ErrorCode::kBadRequest, {"another model", "Tiny", "Other"}, other);
  other = owner();
  other.arithmetic = "other sums";
  expect_error(ErrorCode::kUnsupported, {"plain sums", "other sums", "SOTTO_ISA"}, other);
  other = owner();
  other.layout = "int8";
  expect_error(ErrorCode::kUnsupported, {"f16", "int8"}, other);
}

TEST_F(SessionFile, WhatIsNoSessionIsSaid) {
  expect_error(ErrorCode::kNotFound, {"No such file"});
  for (const std::string text : {"", "SOTTO", "Dear diary, today I wrote a file that is no session at all."}) {
    put(text);
    expect_error(ErrorCode::kBadFile, {"not a session file"});
  }
  std::filesystem::remove(path_);
  std::filesystem::create_directory(path_);
  expect_error(ErrorCode::kIo, {"regular file"});
  std::filesystem::remove(path_);
  ASSERT_EQ(::mkfifo(path_.c_str(), 0600), 0);
  expect_error(ErrorCode::kIo, {"regular file"});
}

// A layer of states: its pending tokens and copies are kept as well.
TEST(SessionOfStates, ComesBackWithItsCopiesAndPendingTokens) {
  model::DecoderSpec spec = spec_of(2, 0);
  spec.model_dim = 32;
  spec.mixers = {model::Mixer::kGatedDelta, model::Mixer::kAttention};
  spec.conv_tokens = 4;
  spec.delta = {.n_key_heads = 1, .n_heads = 2, .key_dim = 16, .value_dim = 16};
  const auto step = [](model::KvCache& cache, int n_tokens, bool may_return) {
    const auto plan = cache.recurrent().plan(cache.size(), n_tokens, may_return);
    cache.recurrent().finish(plan);
    cache.advance(n_tokens);
  };
  model::KvCache kept(spec, KvType::kInt8, 400, 64), read(spec, KvType::kInt8, 400, 64);
  step(kept, 40, false);
  step(kept, 5, true);
  for (const auto piece : kept.held(0)) std::fill(piece.begin(), piece.end(), std::byte{42});
  EXPECT_EQ(kept.held(0).size(), 4u) << "the state, its rows, the steps of 5 tokens, one copy";
  const std::string path = testing::TempDir() + "session_of_states";
  const SessionOwner owner{"Tiny", 42, "plain sums", kept.layout(), 400};
  const std::vector<Token> tokens(45, 7);
  ASSERT_TRUE(write_session(path, owner, tokens, "", kept));
  ASSERT_TRUE(read_session(path, owner, kVocab, read));
  EXPECT_EQ(read.fill(), kept.fill());
  for (std::size_t i = 0; i < 4; ++i) EXPECT_TRUE(std::ranges::equal(read.held(0)[i], kept.held(0)[i])) << i;
  EXPECT_EQ(read.reachable(43), 43);
  EXPECT_EQ(read.reachable(39), 32);
  EXPECT_EQ(read.reachable(31), 0);
  std::filesystem::remove(path);
}

TEST_F(SessionFile, AnotherVersionOrByteOrderIsSaid) {
  keep(3, 3);
  const std::string good = bytes();
  std::string other = good;
  other[12] = 9;
  put(other);
  expect_error(ErrorCode::kUnsupported, {"version 9", "version 2"});
  other = good;
  std::swap(other[8], other[11]);
  put(other);
  expect_error(ErrorCode::kUnsupported, {"byte order"});
}

TEST_F(SessionFile, EveryByteThatChangesIsNoticed) {
  keep(40, 40);
  const std::string good = bytes();
  for (std::size_t at = 0; at < good.size(); at += at < 400 ? 1 : 97) {
    std::string bad = good;
    bad[at] = static_cast<char>(bad[at] ^ 0x10);
    put(bad);
    const auto cache = cache_of();
    const Error error = error_of(owner(), *cache);
    EXPECT_TRUE(error.code == ErrorCode::kBadFile || error.code == ErrorCode::kUnsupported) << at << error.message;
  }
}

TEST_F(SessionFile, EveryLengthButTheRightOneIsRefused) {
  keep(40, 40);
  const std::string good = bytes();
  for (std::size_t n = 0; n < good.size(); n += n < 400 ? 1 : 97) {
    put(good.substr(0, n));
    expect_error(ErrorCode::kBadFile, {});
  }
  put(good + "x");
  expect_error(ErrorCode::kBadFile, {"what follows its head"});
}

TEST_F(SessionFile, ForgedHeadsAreRefusedBeforeAnythingIsAllocated) {
  const std::pair<const char*, std::function<void(SessionHead&)>> forgeries[] = {
      {"do not fit together", [](SessionHead& head) { head.fill.size = -1; }},
      {"do not fit together", [](SessionHead& head) { head.fill.written = 39; }},
      {"do not fit together", [](SessionHead& head) { head.fill.written = 401; }},
      {"do not fit together", [](SessionHead& head) { head.fill.ring_slots = 192; }},
      {"tokens", [](SessionHead& head) { head.tokens.n_bytes = ~0ull; }},
      {"tokens", [](SessionHead& head) { head.fill.size = 39; }},
      {"note", [](SessionHead& head) { head.note.n_bytes = 1ull << 60; }},
      {"follows", [](SessionHead& head) { head.note.n_bytes = 1 << 20; }},
      {"layer 1", [](SessionHead& head) { head.layers[1].n_bytes = 0; }},
      {"3", [](SessionHead& head) { head.layers.pop_back(); }},
      {"3", [](SessionHead& head) { head.layers.resize(5000); }},
  };
  for (const auto& [word, change] : forgeries) {
    keep(40, 40);
    forge(change);
    expect_error(ErrorCode::kBadFile, {word});
  }
}

TEST_F(SessionFile, ATokenThatTheModelLacksIsRefused) {
  keep(40, 40);
  const auto cache = cache_of();
  const Error error = error_of(owner(), *cache, 273);  // the greatest token is 39 * 7
  EXPECT_EQ(error.code, ErrorCode::kBadFile);
  EXPECT_NE(error.message.find("token 273"), std::string::npos) << error.message;
}

TEST_F(SessionFile, AFailedSaveLeavesTheOldFile) {
  keep(40, 40);
  const std::string good = bytes();
  const auto cache = cache_of();
  const auto too_long = write_session(path_, owner(), {}, std::string(kMaxNoteBytes + 1, 'x'), *cache);
  ASSERT_FALSE(too_long);
  EXPECT_EQ(too_long.error().code, ErrorCode::kBadRequest);
  EXPECT_EQ(bytes(), good);
  const auto no_folder = write_session(folder_ / "missing" / "kept", owner(), {}, "", *cache);
  ASSERT_FALSE(no_folder);
  EXPECT_EQ(no_folder.error().code, ErrorCode::kNotFound);
  EXPECT_EQ(std::distance(std::filesystem::directory_iterator(folder_), {}), 1) << "something was left behind";
}

}  // namespace
}  // namespace sotto::engine
