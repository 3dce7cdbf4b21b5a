// Small models that are split over several files.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "gguf/writer.h"

namespace sotto::catalog::test {

inline constexpr unsigned kSplitParts = 3;

inline std::string part_name(unsigned part) { return fmt::format("parts-{:05}-of-00003.gguf", part); }

// Part `part` with one tensor, which says that it is number `number` (from 0) of `count`.
inline void write_part(const std::string& path, unsigned part, std::uint16_t count, std::uint16_t number) {
  gguf::Writer writer;
  if (part == 1) writer.set("general.architecture", "llama");
  writer.set("split.no", number);
  writer.set("split.count", count);
  writer.set("split.tensors.count", std::int32_t{kSplitParts});
  const std::uint64_t dims[] = {32};
  writer.add_tensor(fmt::format("t{}", part), gguf::TensorType::kF32, dims);
  const std::vector<float> values(32, static_cast<float>(part));
  auto written = writer.write(
      path, [&](std::size_t, const gguf::Writer::Sink& sink) { return sink(std::as_bytes(std::span(values))); });
  ASSERT_TRUE(written) << written.error().message;
}

inline void write_parts(const std::string& folder) {
  for (unsigned part = 1; part <= kSplitParts; ++part)
    write_part(folder + "/" + part_name(part), part, kSplitParts, static_cast<std::uint16_t>(part - 1));
}

}  // namespace sotto::catalog::test
