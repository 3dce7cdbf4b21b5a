// How much of a known number of bytes is done, for who watches it and may stop it.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <utility>

namespace sotto::catalog {

// Not thread-safe.
class ByteProgress {
 public:
  using Watcher = std::function<void(std::uint64_t done_bytes, std::uint64_t total_bytes)>;

  // `watcher` may be empty and `cancel` nullptr.
  ByteProgress(std::uint64_t total_bytes, Watcher watcher, const std::atomic<bool>* cancel)
      : total_(total_bytes), watcher_(std::move(watcher)), cancel_(cancel) {}

  // So many more are done; false when whoever waits wants no more.
  bool advance(std::uint64_t bytes) {
    done_ += bytes;
    if (watcher_) watcher_(done_, total_);
    return cancel_ == nullptr || !*cancel_;
  }

  // For sha256_of_file(), which says how far it is in its file.
  std::function<bool(std::uint64_t)> of_one_file() {
    return [this, seen = std::uint64_t{0}](std::uint64_t done) mutable {
      return advance(done - std::exchange(seen, done));
    };
  }

 private:
  std::uint64_t total_, done_ = 0;
  Watcher watcher_;
  const std::atomic<bool>* cancel_;
};

}  // namespace sotto::catalog
