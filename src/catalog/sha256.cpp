#include "catalog/sha256.h"

#include <fcntl.h>
#include <openssl/evp.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <vector>

#include <fmt/format.h>

#include "base/check.h"
#include "catalog/files.h"

namespace sotto::catalog {

struct Sha256::State {
  EVP_MD_CTX* context = EVP_MD_CTX_new();
  ~State() { EVP_MD_CTX_free(context); }
};

Sha256::Sha256() : state_(std::make_unique<State>()) {
  SOTTO_CHECK(state_->context && EVP_DigestInit_ex(state_->context, EVP_sha256(), nullptr) == 1);
}

Sha256::~Sha256() = default;

void Sha256::update(std::span<const char> bytes) {
  SOTTO_CHECK(EVP_DigestUpdate(state_->context, bytes.data(), bytes.size()) == 1);
}

std::string Sha256::hex() {
  std::array<unsigned char, 32> digest;
  unsigned size = digest.size();
  SOTTO_CHECK(EVP_DigestFinal_ex(state_->context, digest.data(), &size) == 1);
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
