#include "published/convert.h"

#include <cmath>
#include <cstring>

#include "kernels/half.h"

namespace sotto::published {
namespace {

using gguf::TensorType;
using kernels::bf16_to_float;
using kernels::bits_to_float;
using kernels::float_to_bits;
using kernels::float_to_half;
using kernels::half_to_float;

// Rounds to nearest, ties to even; a NaN stays one.
std::uint16_t float_to_bf16(float value) {
  const std::uint32_t bits = float_to_bits(value);
  if ((bits & 0x7fffffffu) > 0x7f800000u) return static_cast<std::uint16_t>((bits >> 16) | 0x40u);
  return static_cast<std::uint16_t>((bits + 0x7fffu + ((bits >> 16) & 1u)) >> 16);
}

float same(float value) { return value; }
float from_half(std::uint16_t bits) { return half_to_float(bits); }
float from_bf16(std::uint16_t bits) { return bf16_to_float(bits); }
std::uint16_t to_half(float value) { return float_to_half(value); }

template <class Stored, float (*Widen)(Stored), class Target, Target (*Narrow)(float), float (*Back)(Target)>
std::int64_t convert(std::span<const std::byte> values, float add, std::vector<std::byte>& out) {
  const std::size_t n = values.size() / sizeof(Stored);
  const std::size_t begin = out.size();
  out.resize(begin + n * sizeof(Target));
  std::int64_t overflow = -1;
  for (std::size_t i = 0; i < n; ++i) {
    Stored stored;
    std::memcpy(&stored, values.data() + i * sizeof stored, sizeof stored);
    const float value = add == 0 ? Widen(stored) : Widen(stored) + add;  // -0 stays -0
    const Target target = Narrow(value);
    if (std::isinf(Back(target)) && std::isfinite(value) && overflow < 0) overflow = static_cast<std::int64_t>(i);
    std::memcpy(out.data() + begin + i * sizeof target, &target, sizeof target);
  }
  return overflow;
}

template <class Stored, float (*Widen)(Stored)>
std::int64_t convert_from(std::span<const std::byte> values, TensorType to, float add, std::vector<std::byte>& out) {
  if (to == TensorType::kF16) return convert<Stored, Widen, std::uint16_t, to_half, from_half>(values, add, out);
  if (to == TensorType::kBF16) return convert<Stored, Widen, std::uint16_t, float_to_bf16, from_bf16>(values, add, out);
  return convert<Stored, Widen, float, same, same>(values, add, out);
}

}  // namespace

std::int64_t append_converted(std::span<const std::byte> values, TensorType from, TensorType to, float add,
                              std::vector<std::byte>& out) {
  if (from == to && add == 0) {
    out.insert(out.end(), values.begin(), values.end());
    return -1;
  }
  if (from == TensorType::kF16) return convert_from<std::uint16_t, from_half>(values, to, add, out);
  if (from == TensorType::kBF16) return convert_from<std::uint16_t, from_bf16>(values, to, add, out);
  return convert_from<float, same>(values, to, add, out);
}

bool append_minus_exp(std::span<const std::byte> values, TensorType from, std::vector<std::byte>& out) {
  const std::size_t begin = out.size();
  append_converted(values, from, TensorType::kF32, 0, out);
  bool finite = true;
  for (std::size_t at = begin; at < out.size(); at += sizeof(float)) {
    float value;
    std::memcpy(&value, out.data() + at, sizeof value);
    value = -std::exp(value);
    finite = finite && !std::isinf(value);
    std::memcpy(out.data() + at, &value, sizeof value);
  }
  return finite;
}

}  // namespace sotto::published
