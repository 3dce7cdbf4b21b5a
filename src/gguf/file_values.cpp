// The typed look-ups of File.
#include <fmt/format.h>

#include <limits>

#include "gguf/cursor.h"
#include "gguf/file.h"
#include "gguf/report.h"

namespace sotto::gguf {
namespace {

Unexpected wrong_kind(const File& file, std::string_view key, const Value& value, std::string_view expected) {
  return Report(file.path()).damaged(fmt::format("metadata {}", quote(key)), kind_of(value), expected);
}

constexpr std::uint64_t kMostSigned = std::numeric_limits<std::int64_t>::max();

std::optional<std::int64_t> as_integer(const Value& value) {
  if (const auto* i = std::get_if<std::int64_t>(&value)) return *i;
  const auto* u = std::get_if<std::uint64_t>(&value);
  if (u == nullptr || *u > kMostSigned) return std::nullopt;
  return static_cast<std::int64_t>(*u);
}

bool is_integer(ValueType type) {
  return element_bytes(type) != 0 && type != ValueType::kBool && type != ValueType::kF32 && type != ValueType::kF64;
}

// The plain types, which come out as they stand in the variant.
template <class T>
Result<std::optional<T>> plain(const File& file, std::string_view key, std::string_view expected) {
  const Value* value = file.find(key);
  if (value == nullptr) return std::optional<T>();
  if (const T* held = std::get_if<T>(value)) return std::optional<T>(*held);
  return wrong_kind(file, key, *value, expected);
}

}  // namespace

Result<std::optional<std::int64_t>> File::integer(std::string_view key) const {
  const Value* value = find(key);
  if (value == nullptr) return std::optional<std::int64_t>();
  if (const auto fits = as_integer(*value)) return fits;
  if (const auto* u = std::get_if<std::uint64_t>(value)) {
    return Report(path_).damaged(fmt::format("metadata {}", quote(key)), *u, "an integer below 2^63");
  }
  return wrong_kind(*this, key, *value, "an integer");
}

Result<std::optional<double>> File::number(std::string_view key) const {
  const Value* value = find(key);
  if (value == nullptr) return std::optional<double>();
  if (const auto* f = std::get_if<double>(value)) return std::optional<double>(*f);
  if (const auto* i = std::get_if<std::int64_t>(value)) return std::optional<double>(static_cast<double>(*i));
  if (const auto* u = std::get_if<std::uint64_t>(value)) return std::optional<double>(static_cast<double>(*u));
  return wrong_kind(*this, key, *value, "a number");
}

Result<std::optional<bool>> File::boolean(std::string_view key) const { return plain<bool>(*this, key, "a bool"); }

Result<std::optional<std::string_view>> File::string(std::string_view key) const {
  return plain<std::string_view>(*this, key, "a string");
}

Result<std::optional<std::vector<std::string_view>>> File::strings(std::string_view key) const {
  auto array = plain<Array>(*this, key, "an array of strings");
  if (!array) return forward_error(array);
  std::optional<std::vector<std::string_view>> out;
  if (!array->has_value()) return out;
  if ((*array)->type != ValueType::kString) return wrong_kind(*this, key, **array, "an array of strings");
  out.emplace();
  out->reserve((*array)->count);
  Cursor cursor((*array)->bytes);
  for (std::string_view text; cursor.read_string(text);) out->push_back(text);
  return out;
}

Result<std::optional<std::vector<std::int64_t>>> File::integers(std::string_view key) const {
  auto array = plain<Array>(*this, key, "an array of integers");
  if (!array) return forward_error(array);
  std::optional<std::vector<std::int64_t>> out;
  if (!array->has_value()) return out;
  const auto& [type, count, bytes] = **array;
  if (!is_integer(type)) return wrong_kind(*this, key, **array, "an array of integers");
  // Widening one-byte elements takes eight times their space: bound it.
  constexpr std::uint64_t kMostWidened = 4u << 20;
  if (element_bytes(type) < 4 && count > kMostWidened) {
    return Report(path_).damaged(fmt::format("metadata {}: number of elements", quote(key)), count,
                                 fmt::format("at most {}", kMostWidened));
  }
  out.emplace();
  out->reserve(count);
  for (std::size_t at = 0; at < bytes.size(); at += element_bytes(type)) {
    const auto element = as_integer(load_element(type, bytes.data() + at));
    if (!element) {
      return Report(path_).damaged(fmt::format("metadata {}: element {}", quote(key), out->size()), "2^63 or more",
                                   "an integer below 2^63");
    }
    out->push_back(*element);
  }
  return out;
}

Result<std::optional<std::vector<float>>> File::floats(std::string_view key) const {
  auto array = plain<Array>(*this, key, "an array of floats");
  if (!array) return forward_error(array);
  std::optional<std::vector<float>> out;
  if (!array->has_value()) return out;
  const auto& [type, count, bytes] = **array;
  if (type != ValueType::kF32 && type != ValueType::kF64) return wrong_kind(*this, key, **array, "an array of floats");
  out.emplace();
  out->reserve(count);
  for (std::size_t at = 0; at < bytes.size(); at += element_bytes(type)) {
    const Value element = load_element(type, bytes.data() + at);
    out->push_back(static_cast<float>(*std::get_if<double>(&element)));
  }
  return out;
}

}  // namespace sotto::gguf
