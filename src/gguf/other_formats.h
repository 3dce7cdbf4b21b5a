// What people give instead of a GGUF file. Knows the beginnings of other formats, and reads none of them.
#pragma once

#include <cstddef>
#include <span>
#include <string_view>

namespace sotto::gguf {

// What a file with these bytes is and what to do instead; empty when that is not known.
std::string_view advice_for_other_format(std::span<const std::byte> bytes);

}  // namespace sotto::gguf
