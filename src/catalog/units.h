// Amounts as people read them.
#pragma once

#include <cstdint>
#include <string>

namespace sotto::catalog {

// Decimal units, three digits: "98.4 MB", "1.06 GB", "812 bytes".
std::string human_bytes(std::uint64_t bytes);

}  // namespace sotto::catalog
