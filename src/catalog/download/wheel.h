// Reads one file out of a wheel (a zip archive) as hostile input: by its exact path, within bounds,
// nothing unpacked elsewhere and nothing run.
#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <string>

#include "sotto/result.h"

namespace sotto::catalog {

using BytesSink = std::function<Result<void>(std::span<const char>)>;

// Hands the bytes of `member` to `sink` in order and returns how many. The archive's own checksum
// is checked. Errors: kBadFile (no zip, no such member, encrypted, damaged, longer than `max_bytes`
// or than the archive says), kUnsupported (compression), and what `sink` returns.
Result<std::uint64_t> read_member(const std::string& wheel_path, const std::string& member, std::uint64_t max_bytes,
                                  const BytesSink& sink);

}  // namespace sotto::catalog
