// Times and numbers in the forms that the APIs' answers have.
#pragma once

#include <chrono>
#include <cstdint>
#include <span>
#include <string>

#include "api/json.h"

namespace sotto::api {

// RFC 3339 in UTC with nanoseconds: "2026-01-31T09:05:00.000000001Z".
std::string time_text(std::chrono::system_clock::time_point time);
std::string time_text_now();
std::int64_t unix_now_s();

inline std::int64_t nanoseconds(double milliseconds) { return static_cast<std::int64_t>(milliseconds * 1e6); }

// The number with the fewest digits that is this f32.
double shortest(float number);

// Numbers that are as short as f32 allows.
Json vector_json(std::span<const float> vector);
// The bytes of the numbers, little-endian, in base64.
std::string vector_base64(std::span<const float> vector);

// A name of its own for each answer: prefix and 24 hexadecimal digits.
std::string fresh_id(const std::string& prefix);

// "1.2B", "135M": as clients show it.
std::string short_count(std::uint64_t count);

}  // namespace sotto::api
