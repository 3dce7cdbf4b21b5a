// JSON of a published model's files, read as hostile: bounded in size and nesting, no name twice in one object. Nothing
// throws. Knows nothing of what the fields mean.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include <nlohmann/json.hpp>

#include "base/mapped_file.h"
#include "sotto/result.h"

namespace sotto::published {

using Json = nlohmann::json;

inline constexpr int kMaxJsonDepth = 64;
// Three times what the largest published vocabulary holds; each takes up to some 100 bytes of memory.
inline constexpr std::size_t kMaxJsonValues = 5'000'000;

// Bytes of config.json, and of the settings beside it: generation_config.json, and those of the tokenizer, which list
// its additions.
inline constexpr std::size_t kMaxConfigBytes = 4u << 20, kMaxSettingsBytes = 16u << 20;

// kBadFile: "<path>: <what>" and the advice to fetch the file again.
Unexpected damaged(const std::string& path, const std::string& what);
// kUnsupported: "<path>: <what>; <advice>".
inline constexpr const char* kElsewhere = "look for a GGUF file of the model, which needs no import";
Unexpected unsupported(const std::string& path, const std::string& what, const std::string& advice = kElsewhere);

// `value` as text for a message, at most `most` bytes, printable.
std::string shown(const Json& value, std::size_t most = 80);
inline constexpr std::size_t kShownInFull = 1000;  // of what tells a user which tokenizer this is

// Maps a file of the folder. Errors: kNotFound, kIo; they say what to do.
Result<base::MappedFile> map_file(const std::string& path);

// The object in `text`. Errors: kBadFile (no JSON, no object, nested deeper than kMaxJsonDepth, more than
// kMaxJsonValues values, a name that stands twice in one object).
Result<Json> parse_object(std::string_view text, const std::string& path);

// The object, or the list, in a file. Errors: as parse_object(), kNotFound, kIo, kBadFile when it is longer than
// `max_bytes`.
Result<Json> read_object(const std::string& path, std::size_t max_bytes);
Result<Json> read_list(const std::string& path, std::size_t max_bytes);
Result<Json> read_optional_object(const std::string& path, std::size_t max_bytes);  // no file: an empty object

// The field of an object; nullptr when there is none, it is null, or `object` is no object.
const Json* field(const Json& object, const char* name);

// Whether a field is true.
bool is_true(const Json& object, const char* name);

// The text of a field, or an empty one when it is no text.
std::string text_field(const Json& object, const char* name);

}  // namespace sotto::published
