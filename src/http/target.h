// The target of a request line, taken apart: "/a%20b?c=d". Pure functions over hostile bytes.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "sotto/result.h"

namespace sotto::http {

struct Target {
  std::string raw_path;                      // begins with "/" (or is "*"), percent-encoded
  std::string path;                          // decoded; valid UTF-8 without control characters
  std::map<std::string, std::string> query;  // decoded likewise; "+" is a space; of a repeated key the last
  std::string authority;                     // "host:port" when the target was a whole address, else empty
};

constexpr std::size_t kMaxQueryKeys = 100;

// Takes "/path?query", "http://authority/path?query" and "*". Errors: kBadRequest (another form, a stray "%", bytes
// that are no UTF-8, control characters, more than kMaxQueryKeys keys).
Result<Target> split_target(std::string_view target);

// Bytes with each "%XX" decoded and, on demand, each "+" a space; nothing when a "%" has not two hex digits behind it,
// or when what comes out has control characters or is no UTF-8.
std::optional<std::string> percent_decode(std::string_view text, bool plus_is_space);

// Strict: no overlong forms, no surrogates, nothing above U+10FFFF.
bool is_utf8(std::string_view text);

// What a stranger sent, fit for messages and logs: at most 80 bytes of printable ASCII, other bytes as "?".
std::string shown(std::string_view text);

}  // namespace sotto::http
