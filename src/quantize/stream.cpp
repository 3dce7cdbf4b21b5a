#include "quantize/stream.h"

#include <fmt/format.h>

#include <algorithm>
#include <atomic>

#include "gguf/report.h"
#include "kernels/dequantize.h"
#include "quantize/lanes.h"
#include "quantize/quantizer.h"

namespace sotto::quantize {
namespace {

// What a task takes: a whole number of any type's blocks. Blocks stand in the order of rows without gaps, so that rows
// need no attention.
constexpr std::size_t kSegmentValues = std::size_t{16} << 10;
constexpr float kMostHalf = 65504;

// Whether every value is finite, and the greatest magnitude if so.
struct Finiteness {
  bool finite;
  float most;
};
Finiteness finiteness_of(const std::vector<float>& values, std::size_t n) {
  F4 most{}, poison{};
  std::size_t i = 0;
  for (; i + 4 <= n; i += 4) {
    const F4 value = load4(&values[i]);
    poison += value - value;  // 0, or a NaN for what is not finite
    const F4 magnitude = value < F4{} ? -value : value;
    most = magnitude > most ? magnitude : most;
  }
  Finiteness range{sum4(poison) == 0, most4(most)};
  for (; i < n; ++i) {
    range.finite = range.finite && values[i] - values[i] == 0;
    range.most = std::max(range.most, std::max(values[i], -values[i]));
  }
  return range;
}

std::size_t bytes_of(gguf::TensorType type, std::size_t n_values) {
  const auto info = gguf::type_info(type);
  return n_values / info->block_values * info->block_bytes;
}

enum Problem { kNone, kNotFinite, kTooLarge };

Unexpected refuse(const std::string& path, const gguf::Tensor& tensor, gguf::TensorType type, int problem) {
  const std::string where = fmt::format("{}: tensor {}", path, gguf::quote(tensor.name));
  if (problem == kNotFinite) {
    return Unexpected(ErrorCode::kBadFile, fmt::format("{}: found a weight that is NaN or infinite, expected finite "
                                                       "numbers; the file is damaged: fetch or convert it again",
                                                       where));
  }
  return Unexpected(ErrorCode::kBadRequest,
                    fmt::format("{}: found a weight beyond {}, which {} cannot hold; write it as "
                                "BF16 or F32",
                                where, kMostHalf, gguf::type_info(type)->name));
}

}  // namespace

Stream::Stream(std::string path, int threads)
    : path_(std::move(path)),
      pool_(threads),
      values_(static_cast<std::size_t>(pool_.size())),
      weights_(values_.size()) {
  for (auto& values : values_) values.resize(kSegmentValues);
}

Result<void> Stream::convert(const gguf::Tensor& tensor, gguf::TensorType type, const ColumnWeights* weights,
                             const gguf::Writer::Sink& sink, const Done& done, const Change& change) {
  const auto read = kernels::dequantizer(static_cast<std::uint32_t>(tensor.type));
  const QuantizeFn write = quantizer(type);
  const bool wide = type == gguf::TensorType::kF32 || type == gguf::TensorType::kBF16;
  const std::uint64_t n_values = tensor.n_values();
  for (std::uint64_t first = 0; first < n_values; first += kPartValues) {
    const std::size_t n = std::min<std::uint64_t>(kPartValues, n_values - first);
    const auto part = tensor.data.subspan(bytes_of(tensor.type, first), bytes_of(tensor.type, n));
    out_.resize(bytes_of(type, n));
    std::atomic<int> problem = kNone;
    pool_.run(static_cast<int>((n + kSegmentValues - 1) / kSegmentValues), [&](int index, int thread) {
      const std::size_t begin = static_cast<std::size_t>(index) * kSegmentValues;
      const std::size_t count = std::min(kSegmentValues, n - begin);
      std::vector<float>& values = values_[static_cast<std::size_t>(thread)];
      read(part.data() + bytes_of(tensor.type, begin), values.data(), static_cast<std::int64_t>(count));
      if (change) change(first + begin, std::span(values).first(count));
      const Finiteness range = finiteness_of(values, count);
      if (!range.finite) {
        problem = kNotFinite;
      } else if (!wide && range.most > kMostHalf) {
        problem = kTooLarge;
      } else {
        float* own_weights = nullptr;
        if (weights != nullptr) {
          weights_[static_cast<std::size_t>(thread)].resize(kSegmentValues);
          own_weights = weights_[static_cast<std::size_t>(thread)].data();
          weights->fill(first + begin, tensor.dims[1], count, own_weights);
        }
        write(values.data(), own_weights, out_.data() + bytes_of(type, begin), static_cast<std::int64_t>(count));
      }
    });
    if (problem != kNone) return refuse(path_, tensor, type, problem);
    if (auto written = sink(out_); !written) return written;
    if (auto going = done(part); !going) return going;
  }
  return {};
}

Result<void> Stream::copy(const gguf::Tensor& tensor, const gguf::Writer::Sink& sink, const Done& done) const {
  for (std::size_t at = 0; at < tensor.data.size();) {
    const auto part = tensor.data.subspan(at, std::min(tensor.data.size() - at, kPartValues));
    if (auto written = sink(part); !written) return written;
    if (auto going = done(part); !going) return going;
    at += part.size();
  }
  return {};
}

}  // namespace sotto::quantize
