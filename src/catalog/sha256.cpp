#include "catalog/sha256.h"

#include <fcntl.h>
#include <nettle/sha2.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <vector>

#include <fmt/format.h>

#include "catalog/files.h"

namespace sotto::catalog {

struct Sha256::State {
  sha256_ctx context;
};

Sha256::Sha256() : state_(std::make_unique<State>()) { sha256_init(&state_->context); }

Sha256::~Sha256() = default;

void Sha256::update(std::span<const char> bytes) {
  sha256_update(&state_->context, bytes.size(), reinterpret_cast<const std::uint8_t*>(bytes.data()));
}

std::string Sha256::hex() {
  std::array<std::uint8_t, SHA256_DIGEST_SIZE> digest;
  sha256_digest(&state_->context, digest.size(), digest.data());
  return fmt::format("{:02x}", fmt::join(digest, ""));
}

Result<std::string> sha256_of_file(const std::string& path, const HashProgress& progress) {
  Descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!file) return Unexpected(system_error("cannot open", path));
  std::vector<char> buffer(1 << 20);
  Sha256 hash;
  std::uint64_t done = 0;
  for (;;) {
    ssize_t count = ::read(file.get(), buffer.data(), buffer.size());
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return Unexpected(system_error("cannot read", path));
    if (count == 0) return hash.hex();
    hash.update({buffer.data(), static_cast<std::size_t>(count)});
    done += static_cast<std::uint64_t>(count);
    if (progress && !progress(done)) return Unexpected(ErrorCode::kCancelled, "cancelled");
  }
}

}  // namespace sotto::catalog
