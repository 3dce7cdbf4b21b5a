// Session files: whatever the bytes are, reading gives the state or an error that names the file, and touches nothing
// that it should not. The checksums of the head are made right first, so that the fuzzer comes behind them.
#include <sys/mman.h>
#include <unistd.h>

#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <string>
#include <vector>

#include "base/checksum.h"
#include "engine/session_file.h"

namespace {

using namespace sotto;

constexpr int kVocab = 300;

void require(bool condition) {
  if (!condition) std::abort();
}

model::KvCache small_cache() {
  model::DecoderSpec spec;
  spec.n_layers = 3;
  spec.n_kv_heads = 1;
  spec.head_dim = 16;
  spec.window = 20;
  spec.windowed = {true, false, false};
  spec.mixers = {model::Mixer::kAttention, model::Mixer::kAttention, model::Mixer::kGatedDelta};
  spec.conv_tokens = 2;
  spec.delta = {.n_key_heads = 1, .n_heads = 1, .key_dim = 16, .value_dim = 16};
  return {spec, KvType::kInt8, 200, 30};
}

void correct_head(std::vector<std::byte>& file) {
  const auto preamble = engine::decode_preamble(file);
  if (!preamble || preamble->n_bytes > file.size() - engine::Preamble::kBytes) return;
  const std::uint64_t checksum =
      base::Checksum::of(std::span(file).subspan(engine::Preamble::kBytes, preamble->n_bytes));
  std::memcpy(file.data() + engine::Preamble::kBytes - sizeof checksum, &checksum, sizeof checksum);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  std::vector<std::byte> file(reinterpret_cast<const std::byte*>(data),
                              reinterpret_cast<const std::byte*>(data) + size);
  correct_head(file);
  const int fd = ::memfd_create("session", MFD_CLOEXEC);
  require(fd >= 0 && ::write(fd, file.data(), file.size()) == static_cast<ssize_t>(file.size()));
  const std::string path = "/proc/self/fd/" + std::to_string(fd);
  model::KvCache cache = small_cache();
  const auto kept = engine::read_session(path, {"Tiny", 42, "plain sums", "f16", 200}, kVocab, cache);
  ::close(fd);
  if (!kept) {
    require(kept.error().message.starts_with("reading the session " + path + ": "));
    return 0;
  }
  require(static_cast<int>(kept->tokens.size()) == cache.size() && cache.size() <= cache.capacity());
  for (const Token token : kept->tokens) require(token >= 0 && token < kVocab);
  return 0;
}
