// The edge between Sotto and a program that uses it: what libraries throw becomes an Error here.
#pragma once

#include <exception>
#include <new>
#include <string>

#include "sotto/result.h"

namespace sotto::engine {

// Calls `work`, which returns a Result.
template <class Work>
auto at_border(Work&& work) -> decltype(work()) {
  try {
    return work();
  } catch (const std::bad_alloc&) {
    return Unexpected(ErrorCode::kBudget,
                      "there is not enough memory for this; a smaller context (--ctx), a smaller "
                      "model, or closing other programs helps");
  } catch (const std::exception& failure) {
    return Unexpected(ErrorCode::kIo, std::string("the engine could not go on: ") + failure.what());
  } catch (...) {  // a caller's sink may throw anything
    return Unexpected(ErrorCode::kIo, "the engine could not go on: an unknown exception was thrown");
  }
}

}  // namespace sotto::engine
