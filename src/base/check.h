// SOTTO_CHECK: for invariants that no input can break. Prints the condition and aborts.
#pragma once

#include <cstdio>
#include <cstdlib>

#define SOTTO_CHECK(condition)                                                               \
  do {                                                                                       \
    if (!(condition)) {                                                                      \
      std::fprintf(stderr, "%s:%d: broken invariant: %s\n", __FILE__, __LINE__, #condition); \
      std::abort();                                                                          \
    }                                                                                        \
  } while (false)
