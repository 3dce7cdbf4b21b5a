// Reads the key-value pairs of a GGUF file. Every length and type is checked before it is used.
#pragma once

#include <cstdint>
#include <string_view>
#include <utility>
#include <vector>

#include "gguf/cursor.h"
#include "gguf/report.h"
#include "gguf/value.h"
#include "sotto/result.h"

namespace sotto::gguf {

// As kMaxHeaderBytes: bounds that no real file comes near.
inline constexpr std::uint64_t kMaxKeys = 65'536;
inline constexpr std::uint64_t kMaxKeyBytes = 65'535;

using Metadata = std::vector<std::pair<std::string_view, Value>>;

// `cursor` stands at the first pair and afterwards behind the last. The views point into the
// cursor's bytes. Duplicate keys are the caller's to find. Errors: kBadFile, kUnsupported (arrays
// of arrays).
Result<Metadata> read_metadata(Cursor& cursor, std::uint64_t n_pairs, const Report& report);

}  // namespace sotto::gguf
