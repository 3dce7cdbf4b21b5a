// Files of the system that hold one number, as /sys has them.
#pragma once

#include <fstream>
#include <optional>
#include <string>

namespace sotto::base {

// Nothing where the file is missing, may not be read, or holds something else.
inline std::optional<long long> read_number(const std::string& path) {
  std::ifstream file(path);
  long long value = 0;
  return file >> value ? std::optional(value) : std::nullopt;
}

}  // namespace sotto::base
