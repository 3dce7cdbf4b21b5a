// JSON of a published model's files, read as hostile: bounded in size and nesting, no name twice in one object. Nothing
// throws. Knows nothing of what the fields mean.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include <nlohmann/json.hpp>

#include "sotto/result.h"

namespace sotto::published {

using Json = nlohmann::json;

inline constexpr int kMaxJsonDepth = 64;

// kBadFile: "<path>: <what>" and the advice to fetch the file again.
Unexpected damaged(const std::string& path, const std::string& what);
// kUnsupported: "<path>: <what>".
Unexpected unsupported(const std::string& path, const std::string& what);

// `value` as text for a message, at most 80 bytes, printable.
std::string shown(const Json& value);

// The object in `text`. Errors: kBadFile (no JSON, no object, nested deeper than kMaxJsonDepth, a name that stands
// twice in one object).
Result<Json> parse_object(std::string_view text, const std::string& path);

// The object, or the list, in a file. Errors: as parse_object(), kNotFound, kIo, kBadFile when it is longer than
// `max_bytes`.
Result<Json> read_object(const std::string& path, std::size_t max_bytes);
Result<Json> read_list(const std::string& path, std::size_t max_bytes);

// The field of an object; nullptr when there is none, it is null, or `object` is no object.
const Json* field(const Json& object, const char* name);

// Whether a field is true.
bool is_true(const Json& object, const char* name);

// The text of a field, or an empty one when it is no text.
std::string text_field(const Json& object, const char* name);

}  // namespace sotto::published
