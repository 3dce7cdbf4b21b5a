// SHA-256 of bytes and files, in lower-case hex.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>

#include "sotto/result.h"

namespace sotto::catalog {

class Sha256 {
 public:
  Sha256();
  ~Sha256();
  void update(std::span<const char> bytes);
  std::string hex();  // ends the computation: call once, last

 private:
  struct State;
  std::unique_ptr<State> state_;
};

// Called with the bytes read so far; false stops with kCancelled.
using HashProgress = std::function<bool(std::uint64_t done_bytes)>;

// Errors: kNotFound, kIo, kCancelled.
Result<std::string> sha256_of_file(const std::string& path, const HashProgress& progress = {});

}  // namespace sotto::catalog
