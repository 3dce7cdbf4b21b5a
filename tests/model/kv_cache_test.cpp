#include "model/kv_cache.h"

#include <gtest/gtest.h>

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
  KvCache cache(spec, 1000, 64);
  EXPECT_EQ(cache.layer(0).slots, 192);  // 100 + 64, in whole chunks
  EXPECT_EQ(cache.layer(1).slots, 1024);
  EXPECT_EQ(KvCache::bytes_for(spec, 1000, 64), (192 + 1024 + 192) * 2u * 16 * 2 * 2);
  EXPECT_EQ(KvCache(spec, 128, 64).layer(0).slots, 128) << "a short context needs no more than itself";
}

TEST(KvCache, TruncatesOnlyWhileTheWindowIsThere) {
  KvCache cache(windowed_spec(), 1000, 64);
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
  KvCache cache(spec, 4096, 256);
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

}  // namespace
}  // namespace sotto::model
