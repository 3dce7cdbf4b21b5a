// A fast 64-bit checksum (XXH3, github.com/Cyan4973/xxHash) of bytes that lie in several places. It finds accidents; it
// is no protection against someone who wants two things to look the same.
#pragma once

#include <xxhash.h>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <new>
#include <span>

namespace sotto::base {

// Not thread-safe.
class Checksum {
 public:
  Checksum() : state_(XXH3_createState()) {  // throws std::bad_alloc
    if (!state_ || XXH3_64bits_reset(state_.get()) != XXH_OK) throw std::bad_alloc();
  }

  void add(std::span<const std::byte> bytes) { XXH3_64bits_update(state_.get(), bytes.data(), bytes.size()); }
  std::uint64_t value() const { return XXH3_64bits_digest(state_.get()); }

  static std::uint64_t of(std::span<const std::byte> bytes) { return XXH3_64bits(bytes.data(), bytes.size()); }

 private:
  struct Free {
    void operator()(XXH3_state_t* state) const { XXH3_freeState(state); }
  };
  std::unique_ptr<XXH3_state_t, Free> state_;
};

}  // namespace sotto::base
