#include "base/late_library.h"

#include <dlfcn.h>

#include <fmt/format.h>

#include "base/check.h"

namespace sotto::base {

Result<void> LateLibrary::open() {
  std::scoped_lock lock(opening_);
  if (!handle_) handle_ = dlopen(file_, RTLD_LAZY | RTLD_LOCAL);
  if (handle_) return {};
  return Unexpected(ErrorCode::kUnsupported,
                    fmt::format("cannot load {}: {}; install the package {}", file_, dlerror(), package_));
}

void* LateLibrary::symbol(const char* name) const {
  void* address = handle_ ? dlsym(handle_, name) : nullptr;
  SOTTO_CHECK(address);
  return address;
}

}  // namespace sotto::base
