#include "api/fields.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

namespace sotto::api {

Result<void> Findings::check() const {
  if (problem.empty()) return {};
  return Unexpected(ErrorCode::kBadRequest, problem);
}

Fields::Fields(const Json& object, std::string where, Findings& findings)
    : object_(object), where_(std::move(where)), findings_(findings) {}

std::string Fields::path(std::string_view name) const {
  return where_.empty() ? std::string(name) : fmt::format("{}.{}", where_, name);
}

void Fields::complain(const std::string& name, std::string_view what) {
  if (!findings_.problem.empty()) return;
  findings_.field = path(name);
  findings_.problem = fmt::format("{}: {}", findings_.field, what);
}

void Fields::wanted(const char* name, std::string_view what, const Json& found) {
  complain(name, fmt::format("{} is wanted, found {}", what, kind_of(found)));
}

const Json* Fields::any(const char* name) {
  known_.push_back(name);
  const auto found = object_.find(name);
  return found == object_.end() || found->is_null() ? nullptr : &*found;
}

const Json* Fields::object(const char* name) {
  const Json* value = any(name);
  if (value == nullptr || value->is_object()) return value;
  wanted(name, "an object", *value);
  return nullptr;
}

const Json* Fields::list(const char* name) {
  const Json* value = any(name);
  if (value == nullptr || value->is_array()) return value;
  wanted(name, "a list", *value);
  return nullptr;
}

std::optional<std::string> Fields::text(const char* name) {
  const Json* value = any(name);
  if (value == nullptr) return std::nullopt;
  if (value->is_string()) return value->get<std::string>();
  wanted(name, "a string", *value);
  return std::nullopt;
}

std::string Fields::required_text(const char* name) {
  const std::size_t before = findings_.problem.size();
  std::string value = text(name).value_or("");
  if (value.empty() && findings_.problem.size() == before) complain(name, "is missing");
  return value;
}

std::optional<bool> Fields::flag(const char* name) {
  const Json* value = any(name);
  if (value == nullptr) return std::nullopt;
  if (value->is_boolean()) return value->get<bool>();
  wanted(name, "true or false", *value);
  return std::nullopt;
}

std::optional<double> Fields::number(const char* name, double low, double high) {
  const Json* value = any(name);
  if (value == nullptr) return std::nullopt;
  if (!value->is_number()) {
    wanted(name, "a number", *value);
    return std::nullopt;
  }
  const double found = value->get<double>();
  if (found >= low && found <= high) return found;
  complain(name, fmt::format("a number from {} to {} is wanted, found {}", low, high, found));
  return std::nullopt;
}

std::optional<std::int64_t> Fields::whole(const char* name, std::int64_t low, std::int64_t high) {
  const Json* value = any(name);
  if (value == nullptr) return std::nullopt;
  const bool is_fraction = value->is_number_float();
  const double found = value->is_number() ? value->get<double>() : 0;
  if (!value->is_number() || (is_fraction && found != std::floor(found))) {
    wanted(name, "a whole number", *value);
    return std::nullopt;
  }
  if (found >= static_cast<double>(low) && found <= static_cast<double>(high)) {
    // A double beyond 2^63 - 1 that rounds to it is out of the range of the conversion.
    if (found < 9.2e18 && found > -9.2e18) return is_fraction ? std::llround(found) : value->get<std::int64_t>();
    return found > 0 ? high : low;
  }
  complain(name, fmt::format("a whole number from {} to {} is wanted, found {}", low, high, dump(*value)));
  return std::nullopt;
}

std::vector<std::string> Fields::texts(const char* name, std::size_t most) {
  const Json* value = any(name);
  if (value == nullptr) return {};
  if (value->is_string()) return {value->get<std::string>()};
  std::vector<std::string> found;
  if (!value->is_array()) {
    wanted(name, "a string or a list of strings", *value);
    return found;
  }
  if (value->size() > most) complain(name, fmt::format("at most {} strings are taken, found {}", most, value->size()));
  for (const Json& item : *value) {
    if (!item.is_string()) {
      complain(fmt::format("{}[{}]", name, found.size()), fmt::format("a string is wanted, found {}", kind_of(item)));
      return found;
    }
    found.push_back(item.get<std::string>());
  }
  return found;
}

void Fields::refuse(const char* name, std::string_view reason) {
  const Json* value = any(name);
  if (value != nullptr && !is_nothing(*value)) complain(name, reason);
}

void Fields::allow(std::initializer_list<const char*> names) {
  known_.insert(known_.end(), names.begin(), names.end());
}

void Fields::each_object(const char* name, const Json& list, const std::function<void(Fields&)>& read) {
  for (std::size_t i = 0; i < list.size(); ++i) {
    const std::string place = fmt::format("{}[{}]", name, i);
    if (!list[i].is_object()) {
      complain(place, fmt::format("an object is wanted, found {}", kind_of(list[i])));
      continue;
    }
    Fields item(list[i], path(place), findings_);
    read(item);
    item.finish();
  }
}

void Fields::finish() {
  for (const auto& [name, value] : object_.items()) {
    if (std::find(known_.begin(), known_.end(), name) == known_.end()) findings_.ignored.push_back(path(name));
  }
}

bool is_nothing(const Json& value) {
  if (value.is_boolean()) return !value.get<bool>();
  if (value.is_string()) return value.get_ref<const std::string&>().empty();
  return value.is_null() || (value.is_structured() && value.empty());
}

}  // namespace sotto::api
