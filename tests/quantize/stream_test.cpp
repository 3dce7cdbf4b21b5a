// Parts of a tensor: all of it, in order, and ends where an error comes.
#include "quantize/stream.h"

#include <gtest/gtest.h>

#include <cstring>

namespace sotto::quantize {
namespace {

using gguf::TensorType;

struct Streamed {
  std::vector<float> values;
  gguf::Tensor tensor{"t", TensorType::kF32, 1, {1, 1, 1, 1}, {}};
  std::vector<std::byte> written;
  std::uint64_t n_done = 0;
  int n_parts = 0;

  explicit Streamed(std::size_t n) : values(n) {
    for (std::size_t i = 0; i < n; ++i) values[i] = static_cast<float>(i % 1'000);
    tensor.dims[0] = n;
    tensor.data = std::as_bytes(std::span(values));
  }
  gguf::Writer::Sink sink() {
    return [this](std::span<const std::byte> part) -> Result<void> {
      written.insert(written.end(), part.begin(), part.end());
      return {};
    };
  }
  Stream::Done done() {
    return [this](std::span<const std::byte> part) -> Result<void> {
      n_done += part.size();
      ++n_parts;
      return {};
    };
  }
};

TEST(Stream, ManyPartsAreOneTensor) {
  const std::size_t n = 2 * kPartValues + 4'096 + 3;
  Streamed converted(n), copied(n);
  Stream stream("in.gguf", 2);
  ASSERT_TRUE(stream.convert(converted.tensor, TensorType::kF32, nullptr, converted.sink(), converted.done()));
  ASSERT_TRUE(stream.copy(copied.tensor, copied.sink(), copied.done()));
  for (const Streamed* each : {&converted, &copied}) {
    ASSERT_EQ(each->written.size(), 4 * n);
    EXPECT_EQ(std::memcmp(each->written.data(), each->values.data(), 4 * n), 0);
    EXPECT_EQ(each->n_done, 4 * n);
  }
  EXPECT_EQ(converted.n_parts, 3);
}

TEST(Stream, AnErrorEndsIt) {
  Streamed from(1'024);
  Stream stream("in.gguf", 1);
  const gguf::Writer::Sink full = [](std::span<const std::byte>) -> Result<void> {
    return Unexpected(ErrorCode::kIo, "full");
  };
  EXPECT_EQ(stream.convert(from.tensor, TensorType::kQ8_0, nullptr, full, from.done()).error().message, "full");
  EXPECT_EQ(stream.copy(from.tensor, full, from.done()).error().message, "full");
  EXPECT_EQ(from.n_parts, 0);
}

}  // namespace
}  // namespace sotto::quantize
