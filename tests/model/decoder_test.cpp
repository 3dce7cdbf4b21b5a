// The forward pass: against an independent float32 oracle on tiny models, and against itself in other batches.
#include "model/decoder.h"

#include <gtest/gtest.h>

#include <cmath>

#include "support/python.h"
#include "tiny_models.h"

namespace sotto::model {
namespace {

using gguf::TensorType;

TinyModel tiny_llama(TensorType type = TensorType::kF32) { return {.type = type}; }

TinyModel tiny_gemma(TensorType type = TensorType::kF32) {
  return {.architecture = "gemma3",
          .n_layers = 7,
          .model_dim = 96,
          .ffn_dim = 160,
          .n_heads = 3,
          .n_kv_heads = 1,
          .head_dim = 32,
          .n_vocab = 77,
          .window = 24,
          .untied_head = false,
          .rope_factors = false,
          .rope_scaling = "linear",
          .type = type};
}

// Of five layers, two have attention.
TinyModel tiny_short_conv(TensorType type = TensorType::kQ8_0) {
  return {.architecture = "lfm2", .n_layers = 5, .head_dim = 32, .rope_factors = false, .type = type};
}

TinyModel tiny_delta(TensorType type = TensorType::kQ8_0) {
  return {
      .architecture = "qwen35", .n_layers = 5, .model_dim = 96, .head_dim = 32, .rope_factors = false, .type = type};
}

// Its rows are whole blocks of every type.
TinyModel wide_llama(TensorType type) {
  return {.n_layers = 2, .model_dim = 256, .ffn_dim = 512, .head_dim = 64, .n_vocab = 53, .type = type};
}

std::vector<std::int32_t> tokens(int n, int n_vocab) {
  std::vector<std::int32_t> out;
  for (int i = 0; i < n; ++i) out.push_back((i * 37 + i * i * 5 + 3) % n_vocab);
  return out;
}

// A file in a scratch folder, opened and loaded.
class Loaded {
 public:
  Loaded(const TinyModel& tiny, bool exact, int threads = 2, KvType kv = KvType::kInt8) {
    EXPECT_TRUE(TinyModelWriter(tiny).write(path()));
    auto opened = gguf::File::open(path());
    EXPECT_TRUE(opened) << opened.error().message;
    file = std::make_unique<gguf::File>(std::move(*opened));
    auto loaded = Model::load(*file, {threads, exact, exact ? KvType::kF32 : kv});
    EXPECT_TRUE(loaded) << loaded.error().message;
    model = std::move(*loaded);
  }

  std::string path() const { return folder.file("tiny.gguf"); }

  // All logits, fed in batches of the given sizes (the last one repeats).
  std::vector<float> logits(const std::vector<std::int32_t>& ids, const std::vector<int>& batches, int ctx = 2048) {
    const auto cache = model->new_cache(ctx);
    const auto width = static_cast<std::size_t>(model->spec().n_vocab);
    std::vector<float> out(ids.size() * width);
    std::size_t done = 0;
    for (std::size_t i = 0; done < ids.size(); ++i) {
      const std::size_t n =
          std::min(static_cast<std::size_t>(batches[std::min(i, batches.size() - 1)]), ids.size() - done);
      model->forward(*cache, std::span(ids).subspan(done, n), LogitsFor::kAll,
                     std::span(out).subspan(done * width, n * width));
      done += n;
    }
    return out;
  }

  support::ScratchFolder folder;
  std::unique_ptr<gguf::File> file;
  std::unique_ptr<Model> model;
};

double root_mean_square(const std::vector<float>& x) {
  double squares = 0;
  for (float v : x) squares += double{v} * v;
  return std::sqrt(squares / static_cast<double>(x.size()));
}

double root_mean_square_difference(const std::vector<float>& a, std::vector<float> b) {
  for (std::size_t i = 0; i < a.size(); ++i) b[i] -= a[i];
  return root_mean_square(b);
}

double greatest_difference(const std::vector<float>& a, const std::vector<float>& b) {
  double greatest = 0;
  for (std::size_t i = 0; i < a.size(); ++i) greatest = std::max(greatest, double{std::fabs(a[i] - b[i])});
  return greatest;
}

// n_tokens of a model of float32 arithmetic, against the oracle.
void expect_agreement(const TinyModel& tiny, int n_tokens, const std::vector<int>& lengths) {
  Loaded loaded(tiny, true);
  const auto ids = tokens(n_tokens, tiny.n_vocab);
  const std::string in = loaded.folder.file("ids"), out = loaded.folder.file("logits");
  support::write_values(in, ids);
  ASSERT_EQ(support::run_python("oracle_decoder.py", {loaded.path(), in, out}), 0);
  const auto expected = support::read_values<float>(out);
  ASSERT_EQ(expected.size(), ids.size() * static_cast<std::size_t>(tiny.n_vocab));
  for (int n : lengths) {
    const auto found = loaded.logits({ids.begin(), ids.begin() + n}, {512});
    const std::vector<float> rows(expected.begin(), expected.begin() + n * tiny.n_vocab);
    // f16 keys and values are the only rounding beyond float32.
    EXPECT_LT(root_mean_square_difference(found, rows), 1.5e-3 * root_mean_square(rows))
        << tiny.architecture << " " << gguf::type_info(tiny.type)->name << " " << n;
    EXPECT_LT(greatest_difference(found, rows), 1.5e-2 * root_mean_square(rows))
        << tiny.architecture << " " << gguf::type_info(tiny.type)->name << " " << n;
  }
}

TEST(Decoder, AgreesWithTheOracleInFloat32) {
  for (const TinyModel& tiny : {tiny_llama(), tiny_llama(TensorType::kF16), tiny_llama(TensorType::kQ8_0), tiny_gemma(),
                                tiny_gemma(TensorType::kBF16), tiny_gemma(TensorType::kQ4_1)}) {
    expect_agreement(tiny, 600, {1, 7, 64, 600});
  }
}

std::vector<TensorType> quantized_types() {
  std::vector<TensorType> types;
  for (std::uint32_t number = 0; number < 64; ++number) {
    const auto info = gguf::type_info(static_cast<TensorType>(number));
    if (info && info->block_values > 1) types.push_back(static_cast<TensorType>(number));
  }
  return types;
}

TEST(Decoder, ReadsEveryTypeAsTheOracleDoes) {
  ASSERT_GT(quantized_types().size(), 20u);
  for (const TensorType type : quantized_types()) expect_agreement(wide_llama(type), 20, {20});
}

// As it runs: types with a packing packed, the others in float32.
TEST(Decoder, RunsEveryTypeCloseToFloat32) {
  for (const TensorType type : quantized_types()) {
    const TinyModel tiny = wide_llama(type);
    const auto ids = tokens(30, tiny.n_vocab);
    const auto exact = Loaded(tiny, true).logits(ids, {30}), found = Loaded(tiny, false).logits(ids, {30});
    EXPECT_LT(root_mean_square_difference(exact, found), 0.06 * root_mean_square(exact)) << gguf::type_info(type)->name;
  }
}

TEST(Decoder, PackedWeightsStayCloseToFloat32) {
  for (const TinyModel& tiny : {tiny_llama(TensorType::kQ8_0), tiny_llama(TensorType::kQ4_1),
                                tiny_gemma(TensorType::kQ8_0), tiny_short_conv(), tiny_delta()}) {
    const auto ids = tokens(90, tiny.n_vocab);
    const auto exact = Loaded(tiny, true).logits(ids, {90}), packed = Loaded(tiny, false).logits(ids, {90});
    SCOPED_TRACE(tiny.architecture);
    EXPECT_LT(root_mean_square_difference(exact, packed), 0.05 * root_mean_square(exact));
    EXPECT_GT(root_mean_square_difference(exact, packed), 0.0)
        << "int8 activations leave a trace; none means that they were not used";
  }
}

// 12 tokens a thread are enough for lanes of their own; where a layer has 8 MiB and more, 24.
TEST(Decoder, SharesALaneOfFewTokens) {
  constexpr std::size_t kMiB = std::size_t{1} << 20;
  EXPECT_TRUE(shares_lane(23, 2, kMiB));
  EXPECT_FALSE(shares_lane(24, 2, kMiB));
  EXPECT_FALSE(shares_lane(24, 2, 8 * kMiB - 1));
  EXPECT_TRUE(shares_lane(47, 2, 8 * kMiB));
  EXPECT_FALSE(shares_lane(48, 2, 8 * kMiB));
  EXPECT_TRUE(shares_lane(95, 4, 8 * kMiB));
  EXPECT_FALSE(shares_lane(1, 1, 8 * kMiB));
}

TEST(Decoder, DoesNotDependOnBatchesOrThreads) {
  for (const TinyModel& tiny :
       {tiny_llama(TensorType::kQ8_0), tiny_gemma(TensorType::kQ4_1), tiny_short_conv(), tiny_delta()}) {
    for (const KvType kv : {KvType::kInt8, KvType::kF16}) {
      const auto ids = tokens(300, tiny.n_vocab);
      const auto whole = Loaded(tiny, false, 1, kv).logits(ids, {300});
      EXPECT_EQ(Loaded(tiny, false, 2, kv).logits(ids, {1}), whole);
      EXPECT_EQ(Loaded(tiny, false, 3, kv).logits(ids, {3, 1, 64, 17, 2, 50}), whole);
    }
  }
}

// Of parts that a pass takes together each gets what it would get alone, also where the limit of a batch cuts one.
TEST(Decoder, PartsDoNotChangeEachOther) {
  for (const TinyModel& tiny : {tiny_llama(TensorType::kQ8_0), tiny_gemma(TensorType::kQ8_0), tiny_short_conv()}) {
    Loaded loaded(tiny, false);
    struct Text {
      int n_before, n_tokens;
      LogitsFor which;
    };
    const std::vector<Text> texts = {{0, 300, LogitsFor::kLast},  {30, 1, LogitsFor::kAll},
                                     {61, 5, LogitsFor::kAll},    {7, 290, LogitsFor::kNone},
                                     {500, 17, LogitsFor::kLast}, {90, 1, LogitsFor::kLast}};
    const auto width = static_cast<std::size_t>(tiny.n_vocab);
    std::vector<std::unique_ptr<KvCache>> caches;
    std::vector<std::vector<std::int32_t>> ids;
    std::vector<std::vector<float>> logits;
    for (const Text& text : texts) {
      ids.push_back(tokens(text.n_before + text.n_tokens, tiny.n_vocab - static_cast<int>(ids.size())));
      caches.push_back(loaded.model->new_cache(2048));
      loaded.model->forward(*caches.back(), std::span(ids.back()).first(static_cast<std::size_t>(text.n_before)),
                            LogitsFor::kNone, {});
      const int rows = text.which == LogitsFor::kAll ? text.n_tokens : text.which == LogitsFor::kLast ? 1 : 0;
      logits.emplace_back(static_cast<std::size_t>(rows) * width);
    }
    std::vector<Part> parts;
    for (std::size_t i = 0; i < texts.size(); ++i)
      parts.push_back({*caches[i], std::span(ids[i]).subspan(static_cast<std::size_t>(texts[i].n_before)),
                       texts[i].which, logits[i]});
    loaded.model->forward(parts);
    for (std::size_t i = 0; i < texts.size(); ++i) {
      const auto alone = loaded.logits(ids[i], {512});
      EXPECT_EQ(caches[i]->size(), static_cast<int>(ids[i].size()));
      EXPECT_EQ(logits[i], std::vector<float>(alone.end() - static_cast<std::ptrdiff_t>(logits[i].size()), alone.end()))
          << tiny.architecture << ", part " << i;
    }
  }
}

// A window layer keeps its window and one batch: a long text must not need more, nor see less.
TEST(Decoder, WindowLayersForgetOnlyWhatIsOutOfSight) {
  const TinyModel tiny = tiny_gemma(TensorType::kQ8_0);
  Loaded loaded(tiny, false);
  const auto ids = tokens(1500, tiny.n_vocab);
  EXPECT_EQ(loaded.logits(ids, {512}), loaded.logits(ids, {100, 1, 1, 512, 333}));
  TinyModel unwindowed = tiny;
  unwindowed.window = 4096;
  EXPECT_LT(loaded.model->cache_bytes(2048), Loaded(unwindowed, false).model->cache_bytes(2048));
}

TEST(Decoder, ContinuesAfterTruncation) {
  Loaded loaded(tiny_gemma(TensorType::kQ8_0), false);
  const auto ids = tokens(120, 77);
  const auto straight = loaded.logits(ids, {120});
  const auto cache = loaded.model->new_cache(2048);
  std::vector<float> last(77);
  loaded.model->forward(*cache, tokens(90, 71), LogitsFor::kNone, {});
  cache->clear();
  loaded.model->forward(*cache, ids, LogitsFor::kNone, {});
  ASSERT_TRUE(cache->truncate(60));
  loaded.model->forward(*cache, std::span(ids).subspan(60), LogitsFor::kLast, last);
  EXPECT_EQ(last, std::vector<float>(straight.end() - 77, straight.end()));
}

// After tokens that were taken back, and from a copy of the states, the rest is as if it had come at once.
TEST(Decoder, StatesGoBack) {
  for (const TinyModel& tiny : {tiny_short_conv(), tiny_delta()}) {
    Loaded loaded(tiny, false);
    const auto ids = tokens(150, tiny.n_vocab), others = tokens(40, tiny.n_vocab - 7);
    const auto width = static_cast<std::ptrdiff_t>(tiny.n_vocab);
    const auto straight = loaded.logits(ids, {150});
    const auto cache = loaded.model->new_cache(2048);
    std::vector<float> last(static_cast<std::size_t>(tiny.n_vocab)), all(last.size() * 16);
    const auto read = [&](std::span<const std::int32_t> some) {
      loaded.model->forward(*cache, some, LogitsFor::kLast, last);
    };
    const auto expect_at = [&](int position) {
      const auto row = straight.begin() + position * width;
      EXPECT_EQ(last, std::vector<float>(row, row + width)) << tiny.architecture << " " << position;
    };
    const auto text = std::span<const std::int32_t>(ids);
    read(text.first(100));
    expect_at(99);
    for (int n = 1; n <= 16; ++n) {  // the first n - 1 of 16 guesses are right
      std::vector<std::int32_t> guesses(text.begin() + 100, text.begin() + 100 + n - 1);
      guesses.insert(guesses.end(), others.begin(), others.begin() + 17 - n);
      loaded.model->forward(*cache, guesses, LogitsFor::kAll, all);
      ASSERT_TRUE(cache->truncate(100 + n - 1));
      ASSERT_TRUE(cache->truncate(100)) << "still pending";
      loaded.model->forward(*cache, text.subspan(100, 4), LogitsFor::kAll, std::span(all).first(4 * last.size()));
      ASSERT_TRUE(cache->truncate(102));
      ASSERT_TRUE(cache->truncate(100));
    }
    loaded.model->forward(*cache, text.subspan(100, 9), LogitsFor::kAll, std::span(all).first(9 * last.size()));
    ASSERT_TRUE(cache->truncate(104));
    read(text.subspan(104, 1));
    expect_at(104);
    read(text.subspan(105));
    expect_at(149);
    EXPECT_FALSE(cache->truncate(120)) << "no copy there";
    EXPECT_EQ(cache->reachable(120), 92);
    EXPECT_EQ(cache->reachable(149), 142);
    ASSERT_TRUE(cache->truncate(92));
    read(others);
    ASSERT_TRUE(cache->truncate(92));
    read(text.subspan(92));
    expect_at(149);
    EXPECT_EQ(cache->reachable(91), 0);
    ASSERT_TRUE(cache->truncate(0));
    read(text);
    expect_at(149);
  }
}

}  // namespace
}  // namespace sotto::model
