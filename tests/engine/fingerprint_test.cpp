#include "engine/fingerprint.h"

#include <gtest/gtest.h>

#include <set>

#include "gguf/writer.h"
#include "support/python.h"

namespace sotto::engine {
namespace {

// The fingerprint of a file with one tensor of 20,000 bytes that are zero but for one.
std::uint64_t of_file(std::size_t changed_at, std::byte value, std::string_view name = "A model",
                      std::size_t n = 5000) {
  const support::ScratchFolder folder;
  gguf::Writer writer;
  writer.set("general.name", name);
  const std::uint64_t dims[] = {n};
  writer.add_tensor("weights", gguf::TensorType::kF32, dims);
  std::vector<std::byte> data(n * 4);
  data[changed_at] = value;
  EXPECT_TRUE(writer.write(folder.file("m"), [&](std::size_t, const gguf::Writer::Sink& sink) { return sink(data); }));
  const auto file = gguf::File::open(folder.file("m"));
  EXPECT_TRUE(file);
  return fingerprint(*file);
}

TEST(Fingerprint, TellsFilesApart) {
  const std::set<std::uint64_t> prints{of_file(10'000, std::byte{0}), of_file(10'000, std::byte{1}),
                                       of_file(10'000, std::byte{0}, "B model"),
                                       of_file(10'000, std::byte{0}, "A model", 5008)};
  EXPECT_EQ(prints.size(), 4u);
  EXPECT_EQ(prints.count(of_file(10'000, std::byte{1})), 1u) << "the same file has the same fingerprint";
}

TEST(Fingerprint, LooksAtTheMiddleOfATensor) {
  const std::uint64_t plain = of_file(0, std::byte{0});
  for (const std::size_t seen : {7'952, 12'047}) EXPECT_NE(of_file(seen, std::byte{1}), plain) << seen;
  for (const std::size_t unseen : {0, 7'951, 12'048}) EXPECT_EQ(of_file(unseen, std::byte{1}), plain) << unseen;
}

}  // namespace
}  // namespace sotto::engine
