// The memory that bodies of requests and messages of sockets take, counted together. Knows nothing of HTTP.
#pragma once

#include <atomic>
#include <cstddef>

namespace sotto::http {

// Thread-safe.
struct BodyBudget {
  explicit BodyBudget(std::size_t bytes) : most_bytes(bytes) {}

  const std::size_t most_bytes;
  std::atomic<std::size_t> taken_bytes = 0;
};

// What one body or message takes of the budget, until it is destroyed. Of one thread at a time.
class BodyRoom {
 public:
  explicit BodyRoom(BodyBudget& budget) : budget_(budget) {}
  ~BodyRoom() { budget_.taken_bytes -= bytes_; }
  BodyRoom(const BodyRoom&) = delete;
  BodyRoom& operator=(const BodyRoom&) = delete;

  // False when all together would take more than the limit.
  bool grow_to(std::size_t bytes) {
    budget_.taken_bytes += bytes - bytes_;
    bytes_ = bytes;
    return budget_.taken_bytes <= budget_.most_bytes;
  }

 private:
  BodyBudget& budget_;
  std::size_t bytes_ = 0;
};

}  // namespace sotto::http
