#include "published/fields.h"

#include <fmt/format.h>

#include <cmath>

namespace sotto::published {

const Json* Fields::find(const std::string& name) {
  asked_.insert(name);
  return field(object_, name.c_str());
}

void Fields::set_missing(const std::string& name, Json value) {
  if (!object_.contains(name)) object_[name] = std::move(value);
}

std::optional<std::uint64_t> Fields::whole(const std::string& name, std::uint64_t least, std::uint64_t most) {
  const Json* value = find(name);
  if (value == nullptr) return std::nullopt;
  if (value->is_number_unsigned()) {
    const auto number = value->get<std::uint64_t>();
    if (number >= least && number <= most) return number;
  }
  fail(name, shown(*value), fmt::format("a whole number from {} to {}", least, most));
  return std::nullopt;
}

std::uint64_t Fields::need_whole(const std::string& name, std::uint64_t least, std::uint64_t most) {
  const auto number = whole(name, least, most);
  if (!number) fail(name, "nothing", fmt::format("a whole number from {} to {}", least, most));
  return number.value_or(least);
}

std::optional<double> Fields::real(const std::string& name) {
  const Json* value = find(name);
  if (value == nullptr) return std::nullopt;
  if (value->is_number() && std::isfinite(static_cast<float>(value->get<double>()))) return value->get<double>();
  fail(name, shown(*value), "a number");
  return std::nullopt;
}

float Fields::need_positive(const std::string& name) {
  const auto found = real(name);
  const float value = static_cast<float>(found.value_or(0));
  if (value > 0) return value;
  fail(name, found ? fmt::format("{}", *found) : "nothing", "a number above 0");
  return 1;
}

bool Fields::flag(const std::string& name, bool fallback) {
  const Json* value = find(name);
  if (value == nullptr) return fallback;
  if (value->is_boolean()) return value->get<bool>();
  fail(name, shown(*value), "true or false");
  return fallback;
}

std::string Fields::text(const std::string& name) {
  const Json* value = find(name);
  if (value == nullptr) return {};
  if (value->is_string()) return value->get<std::string>();
  fail(name, shown(*value), "a text");
  return {};
}

void Fields::fail(const std::string& name, const std::string& found, const std::string& expected) {
  if (error_) return;
  error_ = damaged(path_, fmt::format("{}: found {}, expected {}", name, found, expected)).error();
}

void Fields::refuse(const std::string& what) {
  if (!error_) error_ = unsupported(path_, what).error();
}

void Fields::adopt(Unexpected failure) {
  if (!error_) error_ = std::move(failure.error());
}

std::vector<std::string> Fields::never_asked() const {
  std::vector<std::string> names;
  for (const auto& [name, value] : object_.items()) {
    if (!asked_.contains(name) && !name.starts_with('_') && !value.is_null()) names.push_back(name);
  }
  return names;
}

}  // namespace sotto::published
