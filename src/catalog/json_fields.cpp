#include "catalog/json_fields.h"

#include <fmt/format.h>

namespace sotto::catalog {

JsonFields::JsonFields(const nlohmann::json& object, std::string where) : object_(object), where_(std::move(where)) {
  if (!object.is_object()) complain("expected an object");
}

void JsonFields::complain(std::string_view what) {
  if (problem_.empty()) problem_ = fmt::format("{}: {}", where_, what);
}

const nlohmann::json* JsonFields::find(const char* key, bool required) {
  if (object_.is_object()) {
    auto found = object_.find(key);
    if (found != object_.end()) return &*found;
  }
  if (required) complain(fmt::format("\"{}\" is missing", key));
  return nullptr;
}

std::string JsonFields::text(const char* key, bool required) {
  const nlohmann::json* value = find(key, required);
  if (!value) return {};
  if (value->is_string()) return value->get<std::string>();
  complain(fmt::format("\"{}\" must be a text, found {}", key, value->type_name()));
  return {};
}

std::uint64_t JsonFields::number(const char* key, bool required) {
  const nlohmann::json* value = find(key, required);
  if (!value) return 0;
  if (value->is_number_unsigned()) return value->get<std::uint64_t>();
  complain(fmt::format("\"{}\" must be a whole number of 0 or more", key));
  return 0;
}

bool JsonFields::flag(const char* key, bool fallback) {
  const nlohmann::json* value = find(key, false);
  if (!value) return fallback;
  if (value->is_boolean()) return value->get<bool>();
  complain(fmt::format("\"{}\" must be true or false", key));
  return fallback;
}

const nlohmann::json& JsonFields::array(const char* key) {
  static const nlohmann::json empty = nlohmann::json::array();
  const nlohmann::json* value = find(key, false);
  if (!value) return empty;
  if (value->is_array()) return *value;
  complain(fmt::format("\"{}\" must be a list", key));
  return empty;
}

Result<nlohmann::json> parse_json_object(std::string_view text, const std::string& where) {
  nlohmann::json parsed = nlohmann::json::parse(text, nullptr, /*allow_exceptions=*/false);
  if (!parsed.is_object()) {
    return Unexpected(ErrorCode::kBadFile, fmt::format("{}: expected a JSON object", where));
  }
  return parsed;
}

}  // namespace sotto::catalog
