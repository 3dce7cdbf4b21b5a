// The sequences of one engine take the beginning of a text from each other instead of reading it again. Knows nothing
// of text or sampling.
#pragma once

#include <mutex>
#include <span>
#include <vector>

#include "sotto/engine.h"

namespace sotto::engine {

class Sequence;

// Thread-safe. Outlives its sequences.
class Prefixes {
 public:
  // While this is held no sequence takes from another: the lock for whatever changes what one of them holds.
  [[nodiscard]] std::unique_lock<std::mutex> hold() { return std::unique_lock(mutex_); }

  void add(Sequence& sequence);  // throws std::bad_alloc
  void remove(Sequence& sequence);

  // Has `borrower` take over what another has read of the beginning of `tokens`, where that is much more than it holds
  // itself. A copy: neither sees later what the other does.
  void lend(Sequence& borrower, std::span<const Token> tokens);

 private:
  std::mutex mutex_;
  std::vector<Sequence*> sequences_;
};

}  // namespace sotto::engine
