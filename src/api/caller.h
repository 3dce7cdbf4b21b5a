// Who makes a request.
#pragma once

#include <atomic>
#include <string>

namespace sotto::api {

struct Caller {
  const std::atomic<bool>* gone = nullptr;  // it has left; null: it never does
  std::string name = {};                    // the token's, else the address: callers of one name wait for their own
};

}  // namespace sotto::api
