// How long a model stays loaded after its last use, in every form that clients write it.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

#include "api/fields.h"

namespace sotto::api {

// kForever or a time of at least 0; 0: unload at once.
using KeepAlive = std::chrono::milliseconds;
inline constexpr KeepAlive kForever = KeepAlive::max();
inline constexpr KeepAlive kDefaultKeepAlive = std::chrono::minutes(5);

// "5m", "1h30m", "1.5h", "300ms"; a bare number counts seconds; what is below 0 is kForever. Errors: kBadRequest.
Result<KeepAlive> parse_keep_alive(std::string_view text);

// The same of a field, which may also be a number of seconds. Missing or null: nothing.
std::optional<KeepAlive> read_keep_alive(Fields& fields, const char* name);

}  // namespace sotto::api
