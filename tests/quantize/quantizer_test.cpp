// Every format: exact cases, values beyond what it holds, weights, and the error of rounding without a search.
#include "quantize/quantizer.h"

#include <limits>

#include "support.h"

namespace sotto::quantize::test {
namespace {

// Rounding as the formats' definitions suggest, without a search. Scales as they are stored.
struct Plain {
  int part_values, low, high;   // of the integers
  int least_scale, most_scale;  // 0: f16 for each part
  bool base;                    // a base, or a minimum, beside the scale
  std::vector<double> grid;     // instead of the integers
};

Plain plain_of(TensorType type) {
  switch (type) {
    case TensorType::kQ4_0: return {32, -8, 7, 0, 0, false, {}};
    case TensorType::kQ4_1: return {32, 0, 15, 0, 0, true, {}};
    case TensorType::kQ5_0: return {32, -16, 15, 0, 0, false, {}};
    case TensorType::kQ5_1: return {32, 0, 31, 0, 0, true, {}};
    case TensorType::kQ8_0: return {32, -127, 127, 0, 0, false, {}};
    case TensorType::kQ3_K: return {16, -4, 3, -32, 31, false, {}};
    case TensorType::kQ4_K: return {32, 0, 15, 0, 63, true, {}};
    case TensorType::kQ5_K: return {32, 0, 31, 0, 63, true, {}};
    case TensorType::kQ6_K: return {16, -32, 31, -128, 127, false, {}};
    default: break;
  }
  Plain plain{32, -127, 113, 0, 0, false, {-127, -104, -83, -65, -49, -35, -22, -10, 1, 13, 25, 38, 53, 69, 89, 113}};
  if (type == TensorType::kIQ4_XS) plain.least_scale = -32, plain.most_scale = 31;
  return plain;
}

double nearest(const Plain& plain, double y) {
  if (plain.grid.empty()) return std::clamp<double>(std::nearbyint(y), plain.low, plain.high);
  return *std::min_element(plain.grid.begin(), plain.grid.end(),
                           [&](double a, double b) { return std::fabs(a - y) < std::fabs(b - y); });
}

// The number of 16 bits that `values` are multiples of, and the multiples.
double few_bits(std::vector<double>& values, double end, double low, double high) {
  double most = 0;
  for (const double value : values) most = std::fabs(value) > std::fabs(most) ? value : most;
  const double unit = half(most / end);
  for (double& value : values) {
    value = unit == 0 ? 0 : unit * std::clamp<double>(std::nearbyint(value / unit), low, high);
  }
  return unit;
}

// One block, or one part of 32.
Row plainly(TensorType type, const Row& x) {
  const Plain plain = plain_of(type);
  const auto n = static_cast<std::size_t>(plain.part_values);
  std::vector<double> scales, bases;
  for (std::size_t first = 0; first < x.size(); first += n) {
    double peak = 0, low = x[first], high = x[first];
    for (std::size_t i = first; i < first + n; ++i) {
      peak = std::fabs(x[i]) > std::fabs(peak) ? x[i] : peak;
      low = std::min<double>(low, x[i]);
      high = std::max<double>(high, x[i]);
    }
    if (plain.base && plain.most_scale > 0) low = std::min(low, 0.0);
    scales.push_back(plain.base ? (high - low) / plain.high : peak / plain.low);
    bases.push_back(plain.base ? low : 0);
  }
  if (plain.most_scale > 0) {
    few_bits(scales, plain.least_scale < 0 ? plain.least_scale : plain.most_scale, plain.least_scale, plain.most_scale);
    if (plain.base) few_bits(bases, -63, -63, 0);
  } else {
    for (double& scale : scales) scale = half(scale);
    for (double& base : bases) base = half(base);
  }
  Row back(x.size());
  for (std::size_t i = 0; i < x.size(); ++i) {
    const double scale = scales[i / n], base = bases[i / n];
    back[i] = static_cast<float>((scale == 0 ? 0 : scale * nearest(plain, (x[i] - base) / scale)) + base);
  }
  return back;
}

TEST(Quantizer, IsNeverWorseThanRoundingWithoutASearch) {
  for (const TensorType type : kFormats) {
    double ours = 0, plain = 0;
    for (unsigned seed = 0; seed < 40; ++seed) {
      for (const Sample& sample : samples(gguf::type_info(type)->block_values, seed)) {
        const double error = error_of(sample.x, there_and_back(type, sample.x, sample.weights.data()), sample.weights);
        const double bound = error_of(sample.x, plainly(type, sample.x), sample.weights);
        EXPECT_LE(error, bound * (1 + 1e-5)) << name_of(type) << ", " << sample.name << ", seed " << seed;
        if (sample.name == "normal") ours += error, plain += bound;
      }
    }
    EXPECT_LE(ours, (type == TensorType::kQ8_0 ? 1.0 : 0.95) * plain) << name_of(type);
  }
}

// Parts of 32 values scale * d * q - min * dmin that may leave the last integer unused: what was quantized so is found
// again.
TEST(Quantizer, ValuesThatStandOnAGridStayThere) {
  const double d = half(0.00105), dmin = half(0.0083);
  for (const auto& [type, end] :
       {std::pair(TensorType::kQ4_1, 15), {TensorType::kQ5_1, 31}, {TensorType::kQ4_K, 15}, {TensorType::kQ5_K, 31}}) {
    for (int unused = 0; unused < 2; ++unused) {
      Row x;
      for (int part = 0; part < 8; ++part) {
        const double scale = d * (63 - 3 * part), min = dmin * (42 + 3 * part);
        for (int i = 0; i < 32; ++i) {
          const int q = i < 2 ? i * (end - unused) : (i * 7 + part) % (end - unused + 1);
          x.push_back(static_cast<float>(scale * q - min));
        }
      }
      const Row back = there_and_back(type, x);
      // Q4_1 and Q5_1 round scale and minimum to 11 bits.
      const double most = type == TensorType::kQ4_K || type == TensorType::kQ5_K ? 1e-5 : 2e-3;
      for (std::size_t i = 0; i < x.size(); ++i)
        ASSERT_NEAR(back[i], x[i], most) << name_of(type) << ", " << unused << " unused, value " << i;
    }
  }
}

TEST(Quantizer, ZerosStayZeros) {
  for (const TensorType type : kFormats) {
    EXPECT_EQ(there_and_back(type, Row(512, 0.0f)), Row(512, 0.0f)) << name_of(type);
    EXPECT_EQ(there_and_back(type, Row(256, -0.0f)), Row(256, 0.0f)) << name_of(type);
  }
}

TEST(Quantizer, AConstantStaysWithinTheBitsOfAScale) {
  for (const TensorType type : kFormats) {
    for (const float constant : {0.75f, -0.75f, 0.1f, -0.1f, 1000.0f}) {
      const Row back = there_and_back(type, Row(256, constant));
      for (const float value : back) EXPECT_NEAR(value / constant, 1, 4e-3) << name_of(type) << ", " << constant;
    }
  }
}

TEST(Quantizer, AnOutlierStaysAndLeavesTheRestAlone) {
  for (const TensorType type : kFormats) {
    if (type == TensorType::kIQ4_NL || type == TensorType::kIQ4_XS) continue;  // they have no zero
    for (const float outlier : {1.0f, -1.0f}) {
      Row x(256, 0.0f);
      x[37] = outlier;
      const Row back = there_and_back(type, x);
      EXPECT_NEAR(back[37], outlier, 1e-3) << name_of(type);
      for (std::size_t i = 0; i < 256; ++i) {
        if (i == 37) continue;
        EXPECT_LE(std::fabs(back[i]), 1e-3f) << name_of(type) << ", value " << i;
      }
    }
  }
}

TEST(Quantizer, ValuesTooSmallForAScaleBecomeAboutZero) {
  for (const TensorType type : kFormats) {
    for (const float tiny : {1e-45f, 1e-40f, -1e-38f, 1e-12f, -3e-8f}) {
      Row x(256, tiny);
      x[3] = -tiny;
      for (const float value : there_and_back(type, x)) EXPECT_LE(std::fabs(value), 1e-4f) << name_of(type);
    }
  }
}

TEST(Quantizer, ValuesBeyondAScaleBecomeTheGreatestThereAre) {
  for (const TensorType type : kFormats) {
    for (const float huge : {1e9f, 1e20f, 3.4e38f}) {
      Row x(256, huge);
      for (std::size_t i = 0; i < 256; i += 2) x[i] = -huge;
      const Row back = there_and_back(type, x);
      for (std::size_t i = 0; i < 256; ++i) {
        EXPECT_TRUE(std::isfinite(back[i])) << name_of(type) << ", " << huge;
        EXPECT_LE(std::fabs(back[i]), 1.1 * static_cast<double>(huge)) << name_of(type);
      }
    }
  }
}

TEST(Quantizer, ColumnsOfNoImportanceSpoilNothing) {
  std::mt19937 random(3);
  std::normal_distribution<float> normal;
  for (const TensorType type : kFormats) {
    Row x(256), weights(256), alone(256);
    for (std::size_t i = 0; i < 256; ++i) {
      const bool counts = i % 4 != 0;
      weights[i] = counts ? 1.0f : 0.0f;
      alone[i] = counts ? normal(random) : 0.0f;
      x[i] = counts ? alone[i] : 100 * normal(random);
    }
    const double ignored = error_of(x, there_and_back(type, x, weights.data()), weights);
    const double bound = error_of(alone, there_and_back(type, alone, weights.data()), weights);
    EXPECT_DOUBLE_EQ(ignored, bound) << name_of(type);
    EXPECT_LT(10 * ignored, error_of(x, there_and_back(type, x), weights)) << name_of(type);
  }
}

TEST(Quantizer, NoImportanceAtAllIsNoTrouble) {
  for (const TensorType type : kFormats) {
    const Row weights(256, 0.0f);
    for (const float value : there_and_back(type, Row(256, 5.0f), weights.data())) EXPECT_TRUE(std::isfinite(value));
  }
}

// By IEEE 754, and by the definition of bfloat16 as the upper half of an f32.
TEST(Quantizer, FloatsAreRoundedToNearestWithTiesToEven) {
  const Row x = {1.0f, -2.0f, 1.00390625f, 1.01171875f, 65504.0f, 1e9f, -0.0f, 0x1p-24f};
  EXPECT_EQ(there_and_back(TensorType::kF32, x), x);
  EXPECT_EQ(there_and_back(TensorType::kF16, x),
            (Row{1.0f, -2.0f, 1.00390625f, 1.01171875f, 65504.0f, 65504.0f, -0.0f, 0x1p-24f}));
  EXPECT_EQ(there_and_back(TensorType::kBF16, x),
            (Row{1.0f, -2.0f, 1.0f, 1.015625f, 65536.0f, 0x1.dcp29f, -0.0f, 0x1p-24f}));
  EXPECT_EQ(there_and_back(TensorType::kBF16, {std::numeric_limits<float>::max()}), (Row{0x1.fep127f}));
}

TEST(Quantizer, IsThereForWhatCanBeWrittenAlone) {
  EXPECT_EQ(quantizer(TensorType::kIQ1_S), nullptr);
  EXPECT_EQ(quantizer(static_cast<TensorType>(9'999)), nullptr);
}

}  // namespace
}  // namespace sotto::quantize::test
