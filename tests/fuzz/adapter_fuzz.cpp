// Any bytes as a GGUF adapter of a small model: it reads or ends in an error, and every change that is read fits the
// model's matrix and holds finite numbers.
#include <cmath>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <vector>

#include "adapter/adapter.h"
#include "gguf/writer.h"

namespace {

void require(bool condition) {
  if (!condition) std::abort();
}

// One matrix of 8 rows and 8 columns, another of 4 and 8.
const sotto::gguf::File& model() {
  static const sotto::gguf::File file = [] {
    const std::string path = "/tmp/sotto-adapter-fuzz-" + std::to_string(std::rand()) + ".gguf";
    sotto::gguf::Writer writer;
    writer.set("general.architecture", "llama");
    const std::vector<float> values(64, 1.0f);
    const std::uint64_t wide[] = {8, 8}, narrow[] = {8, 4};
    writer.add_tensor("blk.0.attn_q.weight", sotto::gguf::TensorType::kF32, wide);
    writer.add_tensor("blk.0.attn_v.weight", sotto::gguf::TensorType::kF32, narrow);
    require(writer
                .write(path,
                       [&](std::size_t index, const sotto::gguf::Writer::Sink& sink) {
                         return sink(std::as_bytes(std::span(values).first(index == 0 ? 64 : 32)));
                       })
                .has_value());
    auto opened = sotto::gguf::File::open(path);
    std::remove(path.c_str());
    require(opened.has_value());
    return std::move(*opened);
  }();
  return file;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::span<const std::byte> bytes(reinterpret_cast<const std::byte*>(data), size);
  const auto file = sotto::gguf::File::parse(bytes, "fuzz.gguf");
  if (!file) return 0;
  const auto adapter = sotto::adapter::read_gguf(*file, model());
  if (!adapter) {
    require(adapter.error().message.starts_with("fuzz.gguf: "));
    return 0;
  }
  for (const sotto::adapter::Change& change : adapter->changes) {
    require(change.rank >= 1 && std::isfinite(change.scale));
    require(change.down.size() == static_cast<std::size_t>(change.rank * change.cols));
    require(change.up.size() == static_cast<std::size_t>(change.rank * change.rows));
    for (const float value : change.down) require(std::isfinite(value));
    for (const float value : change.up) require(std::isfinite(value));
  }
  require(!sotto::adapter::add_up({&*adapter, 1}).empty());
  return 0;
}
