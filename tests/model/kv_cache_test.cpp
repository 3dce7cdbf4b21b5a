#include "model/kv_cache.h"

#include <gtest/gtest.h>

#include "kernels/attention.h"

namespace sotto::model {
namespace {

DecoderSpec windowed_spec() {
  DecoderSpec spec;
  spec.n_layers = 3;
  spec.n_kv_heads = 2;
  spec.head_dim = 16;
  spec.window = 100;
  spec.windowed = {true, false, true};
  return spec;
}

TEST(KvCache, WindowLayersKeepTheirWindowAndABatch) {
  const DecoderSpec spec = windowed_spec();
  KvCache cache(spec, KvType::kF16, 1000, 64);
  EXPECT_EQ(cache.layer(0).slots, 192);  // 100 + 64, in whole chunks
  EXPECT_EQ(cache.layer(1).slots, 1024);
  EXPECT_EQ(KvCache::bytes_for(spec, KvType::kF16, 1000, 64), (192 + 1024 + 192) * 2u * 16 * 2 * 2);
  EXPECT_EQ(KvCache::bytes_for(spec, KvType::kInt8, 1000, 64), (192 + 1024 + 192) * 2u * (16 + 2) * 2)
      << "a byte for each value and a scale of two bytes for each head";
  EXPECT_EQ(KvCache(spec, KvType::kInt8, 128, 64).layer(0).slots, 128) << "a short context needs no more than itself";
}

TEST(KvCache, TruncatesOnlyWhileTheWindowIsThere) {
  KvCache cache(windowed_spec(), KvType::kInt8, 1000, 64);
  cache.advance(150);
  EXPECT_TRUE(cache.truncate(120));
  EXPECT_EQ(cache.size(), 120);
  EXPECT_TRUE(cache.truncate(500)) << "nothing to forget";
  EXPECT_EQ(cache.size(), 120);
  cache.advance(380);  // positions 308…499 stand in the rings
  EXPECT_TRUE(cache.truncate(450));
  cache.advance(150);  // 600: 408…599
  EXPECT_FALSE(cache.truncate(450)) << "position 351 is needed and gone";
  EXPECT_EQ(cache.size(), 600);
  EXPECT_TRUE(cache.truncate(0));
}

TEST(KvCache, RemembersWhatWasOverwrittenBeforeATruncate) {
  DecoderSpec spec = windowed_spec();
  spec.window = 1024;
  KvCache cache(spec, KvType::kInt8, 4096, 256);
  ASSERT_EQ(cache.layer(0).slots, 1280);
  cache.advance(2000);  // positions 720…1999 stand in the rings
  EXPECT_TRUE(cache.truncate(1800));
  cache.advance(10);
  EXPECT_FALSE(cache.truncate(1600)) << "position 577 is needed and 1857 stands in its place";
  EXPECT_EQ(cache.size(), 1810);
  EXPECT_TRUE(cache.truncate(0));
  cache.advance(1200);
  EXPECT_TRUE(cache.truncate(1100)) << "an empty cache has overwritten nothing";
}

TEST(KvCache, HeldBytesAreTheFilledChunks) {
  KvCache cache(windowed_spec(), KvType::kF16, 1000, 64);
  cache.advance(130);
  const std::size_t position_bytes = 2 * 2 * 16 * 2;  // keys and values of two heads
  EXPECT_EQ(cache.held(1)[0].data(), reinterpret_cast<const std::byte*>(cache.layer(1).chunks));
  EXPECT_EQ(cache.held(1)[0].size(), 192 * position_bytes);
  cache.advance(300);
  EXPECT_EQ(cache.held(0)[0].size(), 192 * position_bytes) << "a ring that has gone round is held whole";
  EXPECT_EQ(cache.held(1)[0].size(), 448 * position_bytes);
  EXPECT_EQ(cache.fill(), (KvCache::Fill{430, 430, 192}));
}

TEST(KvCache, TakesOnlyAFillThatItCouldHaveReached) {
  KvCache cache(windowed_spec(), KvType::kInt8, 1000, 64);
  cache.advance(7);
  for (const KvCache::Fill& bad : {KvCache::Fill{-1, 5, 0}, KvCache::Fill{6, 5, 0}, KvCache::Fill{5, 1001, 192},
                                   KvCache::Fill{5, 193, 0}, KvCache::Fill{5, 192, 192}, KvCache::Fill{300, 300, 256}})
    EXPECT_FALSE(cache.set_fill(bad)) << bad.size << " " << bad.written << " " << bad.ring_slots;
  EXPECT_EQ(cache.size(), 7);
  EXPECT_TRUE(cache.set_fill({450, 600, 192}));
  EXPECT_EQ(cache.size(), 450);
  EXPECT_FALSE(cache.truncate(430)) << "position 331 is needed and 408 is the oldest";
}

// Gemma 3 270M at 32k tokens: 18 layers, of which every sixth sees everything and the others 512 tokens.
TEST(KvCache, OfGemmaAt32kTokensFits65Megabytes) {
  DecoderSpec spec;
  spec.n_layers = 18;
  spec.n_kv_heads = 1;
  spec.head_dim = 256;
  spec.window = 512;
  for (int layer = 0; layer < spec.n_layers; ++layer) spec.windowed.push_back((layer + 1) % 6 != 0);
  EXPECT_LE(KvCache::bytes_for(spec, KvType::kInt8, 32768, 512), 65'000'000u);
}

TEST(KvCache, LayersThatShareReadTheLastOneOfTheirKind) {
  DecoderSpec spec = windowed_spec();
  spec.n_layers = 5;
  spec.windowed = {true, false, true, false, true};
  spec.n_layers_sharing_kv = 2;
  spec.window_head_dim = 32;
  spec.layer_kv_heads = {2, 1, 2, 1, 2};
  KvCache cache(spec, KvType::kF16, 1000, 64);
  EXPECT_EQ(cache.layer(3).chunks, cache.layer(1).chunks);
  EXPECT_EQ(cache.layer(4).chunks, cache.layer(2).chunks);
  EXPECT_EQ(cache.layer(4).slots, 192);
  EXPECT_EQ(KvCache::bytes_for(spec, KvType::kF16, 1000, 64), (192 * 2 * 32 * 2 + 1024 * 16) * 2u * 2);
  cache.advance(130);
  EXPECT_TRUE(cache.held(3)[0].empty()) << "it is the other layer's to hold";
  EXPECT_EQ(cache.held(1)[0].size(), 192u * 2 * 16 * 2);
  EXPECT_EQ(cache.held(2)[0].size(), 192u * 2 * 2 * 32 * 2);
}

TEST(KvCache, KeepsItsLayersApartAndAligned) {
  for (const KvType type : {KvType::kInt8, KvType::kF16}) {
    const DecoderSpec spec = windowed_spec();
    const KvCache cache(spec, type, 1000, 64);
    for (int layer = 0; layer < 3; ++layer) {
      EXPECT_EQ(reinterpret_cast<std::uintptr_t>(cache.layer(layer).chunks) % 64, 0u);
      if (layer == 0) continue;
      const ops::KeysAndValues& before = cache.layer(layer - 1);
      const std::size_t n_chunks = static_cast<std::size_t>(before.slots / kernels::kKeyChunk * spec.n_kv_heads);
      EXPECT_EQ(cache.layer(layer).chunks, before.chunks + n_chunks * ops::kv_chunk_bytes(type, spec.head_dim));
    }
  }
}

// One byte of each chunk of positions says which it is.
std::uint8_t& mark_of(const KvCache& cache, int layer, int position) {
  const ops::KeysAndValues& kept = cache.layer(layer);
  const std::size_t bytes = 2 * ops::kv_chunk_bytes(kept.type, 16);  // of two key heads
  return kept.chunks[static_cast<std::size_t>(position % kept.slots / kernels::kKeyChunk) * bytes + bytes - 1];
}

std::uint8_t mark(int layer, int position) {
  return static_cast<std::uint8_t>(1 + 40 * layer + position / kernels::kKeyChunk);
}

void append(KvCache& cache, int n_tokens) {
  for (int p = cache.size(); p < cache.size() + n_tokens; ++p)
    for (int l = 0; l < cache.n_layers(); ++l) mark_of(cache, l, p) = mark(l, p);
  cache.advance(n_tokens);
}

void expect_marks(const KvCache& cache, int layer, int begin, int end) {
  for (int p = begin; p < end; p += kernels::kKeyChunk)
    EXPECT_EQ(mark_of(cache, layer, p), mark(layer, p)) << "layer " << layer << ", position " << p;
}

TEST(KvCache, TakesTheBeginningOfAnotherInWholeChunks) {
  KvCache from(windowed_spec(), KvType::kInt8, 190, 64), to(windowed_spec(), KvType::kInt8, 128, 64);
  append(from, 180);
  append(to, 30);
  EXPECT_EQ(to.take_beginning(from, 150, 180), 128);
  EXPECT_EQ(to.size(), 128);
  for (int l = 0; l < 3; ++l) expect_marks(to, l, 0, 128);
  EXPECT_EQ(to.take_beginning(from, 63, 180), 0) << "less than a chunk";
  EXPECT_EQ(to.size(), 128);
  EXPECT_TRUE(to.truncate(1)) << "nothing is missing";
}

TEST(KvCache, TakesWhatTheRingsStillHold) {
  KvCache from(windowed_spec(), KvType::kF16, 1000, 64), to(windowed_spec(), KvType::kF16, 900, 64);
  append(from, 440);  // 248…439 stand in the rings of 192
  EXPECT_EQ(to.take_beginning(from, 420, 440), 384);
  expect_marks(to, 1, 0, 384);
  for (const int ring : {0, 2}) expect_marks(to, ring, 256, 384);
  EXPECT_EQ(to.take_beginning(from, 420, 460), 0)
      << "position 285 is needed, and its chunk may be overwritten meanwhile";
  EXPECT_FALSE(to.truncate(354)) << "position 255 is needed, and never came";
  EXPECT_EQ(to.size(), 384);
  EXPECT_TRUE(to.truncate(355));
}

TEST(KvCache, TakesNothingOfAnotherLayout) {
  KvCache from(windowed_spec(), KvType::kF16, 1000, 64), to(windowed_spec(), KvType::kInt8, 1000, 64);
  from.advance(64);
  EXPECT_EQ(to.take_beginning(from, 64, 64), 0);
  EXPECT_EQ(to.size(), 0);
}

}  // namespace
}  // namespace sotto::model
