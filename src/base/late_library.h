// Shared libraries that are opened at the first call into them. A program that never makes that call neither maps them
// nor what they bring along: libcurl alone takes 6 MB and 4 ms of every start.
#pragma once

#include <mutex>

#include "sotto/result.h"

namespace sotto::base {

// One for each library, of static storage; it stays open until the program ends. May be used by several threads.
class LateLibrary {
 public:
  // `file`: as the dynamic linker looks for it, with the version whose header the callers include. `package`: the
  // Debian package that has it.
  constexpr LateLibrary(const char* file, const char* package) : file_(file), package_(package) {}

  // To be asked before the first of the library's functions is called. Errors: kUnsupported, with what to install.
  Result<void> open();

  // The function's address; ends the program when the library is not open or has none of that name.
  void* symbol(const char* name) const;

 private:
  const char* file_;
  const char* package_;
  std::mutex opening_;
  void* handle_ = nullptr;
};

// A function of the library, called as it is declared in the library's header: LateFunction<decltype(::puts)>.
template <typename Function>
class LateFunction {
 public:
  constexpr LateFunction(const LateLibrary& library, const char* name) : library_(library), name_(name) {}

  operator Function*() const { return reinterpret_cast<Function*>(library_.symbol(name_)); }

 private:
  const LateLibrary& library_;
  const char* name_;
};

}  // namespace sotto::base
