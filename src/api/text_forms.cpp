#include "api/text_forms.h"

#include <fmt/format.h>

#include <bit>
#include <charconv>
#include <cstddef>
#include <ctime>
#include <random>

namespace sotto::api {

std::string time_text(std::chrono::system_clock::time_point time) {
  const auto since = std::chrono::duration_cast<std::chrono::nanoseconds>(time.time_since_epoch()).count();
  const std::time_t seconds = since / 1'000'000'000;
  std::tm parts{};
  ::gmtime_r(&seconds, &parts);
  return fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}.{:09}Z", parts.tm_year + 1900, parts.tm_mon + 1,
                     parts.tm_mday, parts.tm_hour, parts.tm_min, parts.tm_sec, since % 1'000'000'000);
}

std::string time_text_now() { return time_text(std::chrono::system_clock::now()); }

std::int64_t unix_now_s() { return static_cast<std::int64_t>(std::time(nullptr)); }

double shortest(float number) {
  char text[32];
  const auto written = std::to_chars(text, text + sizeof text, number);
  double read = 0;
  std::from_chars(text, written.ptr, read);
  return read;
}

Json vector_json(std::span<const float> vector) {
  Json list = Json::array();
  for (const float number : vector) list.push_back(shortest(number));
  return list;
}

std::string vector_base64(std::span<const float> vector) {
  static_assert(std::endian::native == std::endian::little);
  constexpr char kDigits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  const auto bytes = std::as_bytes(vector);
  std::string text;
  for (std::size_t i = 0; i < bytes.size(); i += 3) {
    std::uint32_t group = 0;
    for (std::size_t j = 0; j < 3; ++j)
      group = group << 8 | (i + j < bytes.size() ? std::to_integer<std::uint32_t>(bytes[i + j]) : 0u);
    for (std::size_t j = 0; j < 4; ++j) text += i + j <= bytes.size() ? kDigits[group >> (18 - 6 * j) & 63] : '=';
  }
  return text;
}

std::string fresh_id(const std::string& prefix) {
  std::random_device random;
  return fmt::format("{}{:08x}{:08x}{:08x}", prefix, random(), random(), random());
}

std::string short_count(std::uint64_t count) {
  const auto number = static_cast<double>(count);
  if (count >= 1'000'000'000) return fmt::format("{:.1f}B", number / 1e9);
  if (count >= 1'000'000) return fmt::format("{:.0f}M", number / 1e6);
  return fmt::format("{:.0f}K", number / 1e3);
}

}  // namespace sotto::api
