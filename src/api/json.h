// JSON of request bodies, which is hostile: bounded before it is parsed, strict UTF-8, no numbers that are none.
// Nothing throws. Knows nothing of what fields mean.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include <nlohmann/json.hpp>

#include "sotto/result.h"

namespace sotto::api {

// Keeps the order of names, which a schema's author chose and an answer will follow.
using Json = nlohmann::ordered_json;

inline constexpr int kMostDepth = 64;
inline constexpr std::size_t kMostValues = 1'000'000;  // each takes up to some 100 bytes of memory
inline constexpr std::size_t kMostMembers = 1024;      // of one object, whose names are looked for one by one

// The object in `text`; an empty text is an empty object. Errors: kBadRequest (no JSON, no object, too deep, too many
// values, bad UTF-8, half of a surrogate pair, NaN, a number beyond what a double holds).
Result<Json> parse_body(std::string_view text);

// On one line; bytes that are no UTF-8 become U+FFFD.
std::string dump(const Json& value);

// "a string", "a list": what a person calls the value.
std::string kind_of(const Json& value);

}  // namespace sotto::api
