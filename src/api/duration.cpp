#include "api/duration.h"

#include <fmt/format.h>

#include <charconv>
#include <cmath>

namespace sotto::api {
namespace {

struct Unit {
  std::string_view name;
  double milliseconds;
};

// Longer names before those that they begin with.
constexpr Unit kUnits[] = {{"ms", 1},         {"us", 1e-3},   {"\u00b5s", 1e-3}, {"ns", 1e-6},
                           {"h", 3'600'000.}, {"m", 60'000.}, {"s", 1000.}};

Unexpected no_duration(std::string_view text) {
  return Unexpected(ErrorCode::kBadRequest,
                    fmt::format("\"{}\" is no duration; take seconds, or numbers with ms, s, m or h as in \"5m\" or "
                                "\"1h30m\"; below 0 keeps the model until it is unloaded",
                                text));
}

// More than a century counts as forever.
KeepAlive from_milliseconds(double count) {
  if (count < 0 || count > 3.2e12) return kForever;
  return KeepAlive(std::llround(std::ceil(count)));
}

// Takes a number from the front of `text`.
std::optional<double> take_number(std::string_view& text) {
  double number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number, std::chars_format::fixed);
  if (error != std::errc() || std::signbit(number) || !std::isfinite(number)) return std::nullopt;
  text.remove_prefix(static_cast<std::size_t>(end - text.data()));
  return number;
}

// Takes a unit from the front of `text`: how many milliseconds it has.
std::optional<double> take_unit(std::string_view& text) {
  for (const Unit& unit : kUnits) {
    if (!text.starts_with(unit.name)) continue;
    text.remove_prefix(unit.name.size());
    return unit.milliseconds;
  }
  return std::nullopt;
}

}  // namespace

Result<KeepAlive> parse_keep_alive(std::string_view text) {
  std::string_view rest = text;
  const bool negative = rest.starts_with('-');
  if (negative || rest.starts_with('+')) rest.remove_prefix(1);
  const bool seconds = rest.find_first_not_of("0123456789.") == std::string_view::npos;
  double milliseconds = 0;
  do {
    const std::optional<double> number = take_number(rest);
    const std::optional<double> unit = seconds ? 1000 : take_unit(rest);
    if (!number || !unit || (seconds && !rest.empty())) return no_duration(text);
    milliseconds += *number * *unit;
  } while (!rest.empty());
  return from_milliseconds(negative && milliseconds > 0 ? -1 : milliseconds);
}

std::optional<KeepAlive> read_keep_alive(Fields& fields, const char* name) {
  const Json* value = fields.any(name);
  if (value == nullptr) return std::nullopt;
  if (value->is_number()) return from_milliseconds(value->get<double>() * 1000);
  const auto parsed = value->is_string() ? parse_keep_alive(value->get_ref<const std::string&>())
                                         : Result<KeepAlive>(no_duration(dump(*value)));
  if (parsed) return *parsed;
  fields.complain(name, parsed.error().message);
  return std::nullopt;
}

}  // namespace sotto::api
