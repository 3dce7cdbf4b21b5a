#include "grammar/value_spec.h"

#include <fmt/format.h>
#include <algorithm>
#include <map>
#include <string_view>

#include "grammar/json_formats.h"

namespace sotto::grammar {
namespace {

using Kind = JsonValue::Kind;

// One schema's keywords, each read by a function of its own.
class KeywordReader {
 public:
  KeywordReader(Schema schema, const Limits& limits, ValueSpec& spec, std::set<std::string>& ignored)
      : schema_(*schema), limits_(limits), spec_(spec), ignored_(ignored) {}

  Result<void> read() {
    for (const auto& [name, value] : schema_.members)
      if (auto done = read(name, value); !done) return done;
    if (!array_.prefix.empty() || array_.items != nullptr) spec_.array_parts.push_back(array_);
    if (object_.properties != nullptr || object_.patterns != nullptr || object_.additional != nullptr)
      spec_.object_parts.push_back(object_);
    return {};
  }

 private:
  using Reader = Result<void> (KeywordReader::*)(const JsonValue&);

  static const std::map<std::string_view, Reader>& readers() {
    using R = KeywordReader;
    static const std::map<std::string_view, Reader> all = {
        {"type", &R::read_type},
        {"enum", &R::read_enum},
        {"const", &R::read_const},
        {"multipleOf", &R::read_multiple},
        {"minimum", &R::read_minimum},
        {"maximum", &R::read_maximum},
        {"exclusiveMinimum", &R::read_exclusive_minimum},
        {"exclusiveMaximum", &R::read_exclusive_maximum},
        {"minLength", &R::read_min_length},
        {"maxLength", &R::read_max_length},
        {"pattern", &R::read_pattern},
        {"format", &R::read_format},
        {"prefixItems", &R::read_prefix_items},
        {"items", &R::read_items},
        {"additionalItems", &R::read_additional_items},
        {"minItems", &R::read_min_items},
        {"maxItems", &R::read_max_items},
        {"uniqueItems", &R::read_unique_items},
        {"properties", &R::read_properties},
        {"patternProperties", &R::read_pattern_properties},
        {"additionalProperties", &R::read_additional_properties},
        {"required", &R::read_required},
        {"minProperties", &R::read_min_properties},
        {"maxProperties", &R::read_max_properties},
        {"propertyNames", &R::read_property_names},
        {"$id", &R::read_id},
    };
    return all;
  }

  Result<void> read(std::string_view name, const JsonValue& value) {
    if (const auto reader = readers().find(name); reader != readers().end()) return (this->*reader->second)(value);
    static const std::set<std::string_view> elsewhere = {"$ref", "allOf", "anyOf", "oneOf"};
    static const std::set<std::string_view> annotations = {
        "title",    "description", "default",    "examples",        "example",          "$comment",
        "$schema",  "$anchor",     "$defs",      "$dynamicAnchor",  "definitions",      "$vocabulary",
        "readOnly", "writeOnly",   "deprecated", "contentEncoding", "contentMediaType", "contentSchema"};
    static const std::set<std::string_view> refused = {
        "not",          "if",          "contains",          "unevaluatedItems", "unevaluatedProperties",
        "dependencies", "$dynamicRef", "dependentRequired", "dependentSchemas", "$recursiveRef"};
    if (elsewhere.contains(name) || annotations.contains(name)) return {};
    if (refused.contains(name))
      return unsupported_schema(value, fmt::format("{} is not supported; take it out, or say the same with properties, "
                                                   "anyOf, enum or pattern",
                                                   name));
    ignore(value, "no keyword that constrains");
    return {};
  }

  // The first ones tell enough.
  void ignore(const JsonValue& value, const std::string& why) {
    constexpr std::size_t kMostIgnored = 100;
    if (ignored_.size() < kMostIgnored) ignored_.insert(fmt::format("#{}: {}", pointer_to(value), why));
  }

  static Unexpected expected(const JsonValue& value, std::string_view what) {
    return schema_error(value, fmt::format("expected {}, found {}{}", what, name_of(value.kind),
                                           value.is(Kind::kNumber) ? " (" + value.text + ")" : ""));
  }

  static bool is_schema(const JsonValue& value) { return value.is(Kind::kObject) || value.is(Kind::kBoolean); }

  Result<void> add_type(const JsonValue& value, unsigned& types) {
    static const std::map<std::string_view, unsigned> names = {
        {"null", kNullType},     {"boolean", kBooleanType}, {"string", kStringType}, {"array", kArrayType},
        {"object", kObjectType}, {"integer", kIntegerType}, {"number", kNumberType}};
    const auto known = value.is(Kind::kString) ? names.find(value.text) : names.end();
    if (known == names.end())
      return schema_error(value, fmt::format("{} is no type; there are null, boolean, object, array, number, integer "
                                             "and string",
                                             value.is(Kind::kString) ? "\"" + value.text + "\"" : name_of(value.kind)));
    types |= known->second;
    return {};
  }

  Result<void> read_type(const JsonValue& value) {
    unsigned types = 0;
    if (value.is(Kind::kArray)) {
      for (const JsonValue& item : value.items)
        if (auto added = add_type(item, types); !added) return added;
    } else if (auto added = add_type(value, types); !added) {
      return added;
    }
    spec_.types &= types;
    return {};
  }

  // What is in this list and in those before.
  Result<void> keep_values(const JsonValue& place, const std::vector<const JsonValue*>& values) {
    constexpr std::size_t kMostComparisons = 1'000'000;
    if (!spec_.values) {
      spec_.values = values;
      return {};
    }
    if (spec_.values->size() * values.size() > kMostComparisons)
      return schema_error(place, "too many values to compare with those of other schemas that hold as well",
                          ErrorCode::kBudget);
    std::erase_if(*spec_.values, [&](const JsonValue* kept) {
      return std::none_of(values.begin(), values.end(),
                          [&](const JsonValue* value) { return same_value(*kept, *value); });
    });
    return {};
  }

  Result<void> read_enum(const JsonValue& value) {
    if (!value.is(Kind::kArray)) return expected(value, "an array");
    std::vector<const JsonValue*> values;
    for (const JsonValue& item : value.items) values.push_back(&item);
    return keep_values(value, values);
  }

  Result<void> read_const(const JsonValue& value) { return keep_values(value, {&value}); }

  Result<Decimal> number(const JsonValue& value) {
    if (!value.is(Kind::kNumber)) return expected(value, "a number");
    const auto decimal = read_decimal(value.text);
    if (!decimal) return unsupported_schema(value, value.text + " has more than 400 digits");
    return *decimal;
  }

  // Whether a bound lies beyond all numbers that are written.
  static bool is_huge(const Decimal& bound) { return bound.whole.size() > static_cast<std::size_t>(kMostWholeDigits); }

  Result<void> lower_bound(const JsonValue& value, bool excluded) {
    auto bound = number(value);
    if (!bound) return forward_error(bound);
    if (is_huge(*bound) && bound->negative) return {};
    if (is_huge(*bound) || bound->fraction.size() > static_cast<std::size_t>(kMostFractionDigits))
      return unsupported_schema(value, fmt::format("{} has too many digits; at most {} stand before the point and {} "
                                                   "after it",
                                                   value.text, kMostWholeDigits, kMostFractionDigits));
    NumberBounds& numbers = spec_.numbers;
    const int order = numbers.least ? compare(*bound, *numbers.least) : 1;
    if (order > 0) numbers.least_excluded = excluded;
    else if (order == 0) numbers.least_excluded |= excluded;
    if (order > 0) numbers.least = *bound;
    return {};
  }

  Result<void> upper_bound(const JsonValue& value, bool excluded) {
    auto bound = number(value);
    if (!bound) return forward_error(bound);
    if (is_huge(*bound) && !bound->negative) return {};
    if (is_huge(*bound) || bound->fraction.size() > static_cast<std::size_t>(kMostFractionDigits))
      return unsupported_schema(value, value.text + " has too many digits");
    NumberBounds& numbers = spec_.numbers;
    const int order = numbers.most ? compare(*bound, *numbers.most) : -1;
    if (order < 0) numbers.most_excluded = excluded;
    else if (order == 0) numbers.most_excluded |= excluded;
    if (order < 0) numbers.most = *bound;
    return {};
  }

  Result<void> read_minimum(const JsonValue& value) { return lower_bound(value, false); }
  Result<void> read_maximum(const JsonValue& value) { return upper_bound(value, false); }
  Result<void> read_exclusive_minimum(const JsonValue& value) { return lower_bound(value, true); }
  Result<void> read_exclusive_maximum(const JsonValue& value) { return upper_bound(value, true); }

  Result<void> read_multiple(const JsonValue& value) {
    const auto step = number(value);
    if (!step) return Unexpected(step.error());
    const auto power = power_of_ten(*step);
    if (!power || *power < -kMostFractionDigits)
      return unsupported_schema(
          value, fmt::format("multipleOf {} is not supported: only 1 and powers of ten are", value.text));
    spec_.numbers.step = std::max(spec_.numbers.step.value_or(*power), *power);
    return {};
  }

  // A length or number of things; 2.0 is one.
  Result<int> count(const JsonValue& value, bool upper) {
    const auto decimal = value.is(Kind::kNumber) ? read_decimal(value.text) : std::nullopt;
    if (!decimal || !decimal->is_integer() || decimal->negative) return expected(value, "a whole number, 0 or more");
    if (decimal->whole.size() <= 9)
      if (const int n = std::stoi(decimal->whole); n <= limits_.repetitions) return n;
    return schema_error(value,
                        fmt::format("{} is too large: at most {} is possible{}", value.text, limits_.repetitions,
                                    upper ? "; without a bound there may be more" : ""),
                        ErrorCode::kBudget);
  }

  Result<void> raise(const JsonValue& value, int& least) {
    auto n = count(value, false);
    if (!n) return forward_error(n);
    least = std::max(least, *n);
    return {};
  }
  Result<void> lower(const JsonValue& value, int& most) {
    auto n = count(value, true);
    if (!n) return forward_error(n);
    most = most == kUnbounded ? *n : std::min(most, *n);
    return {};
  }

  Result<void> read_min_length(const JsonValue& value) { return raise(value, spec_.min_length); }
  Result<void> read_max_length(const JsonValue& value) { return lower(value, spec_.max_length); }
  Result<void> read_min_items(const JsonValue& value) { return raise(value, spec_.min_items); }
  Result<void> read_max_items(const JsonValue& value) { return lower(value, spec_.max_items); }
  Result<void> read_max_properties(const JsonValue& value) { return lower(value, spec_.max_properties); }
  Result<void> read_min_properties(const JsonValue& value) {
    spec_.min_properties_at = &value;
    return raise(value, spec_.min_properties);
  }

  Result<void> read_pattern(const JsonValue& value) {
    if (!value.is(Kind::kString)) return expected(value, "a string");
    spec_.patterns.push_back(&value);
    return {};
  }

  // An unknown format is an annotation (JSON Schema, validation, 7.2.3).
  Result<void> read_format(const JsonValue& value) {
    if (!value.is(Kind::kString)) return expected(value, "a string");
    if (find_format(value.text) != nullptr) spec_.formats.push_back(&value);
    else ignore(value, fmt::format("the format {} is not known", value.text));
    return {};
  }

  Result<void> read_prefix_items(const JsonValue& value) {
    if (!value.is(Kind::kArray)) return expected(value, "an array of schemas");
    for (const JsonValue& item : value.items) {
      if (!is_schema(item)) return expected(item, "a schema");
      array_.prefix.push_back(&item);
    }
    return {};
  }

  // Draft 7: an array, for what prefixItems says since.
  Result<void> read_items(const JsonValue& value) {
    if (value.is(Kind::kArray)) return read_prefix_items(value);
    if (!is_schema(value)) return expected(value, "a schema");
    array_.items = &value;
    return {};
  }

  Result<void> read_additional_items(const JsonValue& value) {
    if (!is_schema(value)) return expected(value, "a schema");
    const JsonValue* items = schema_.find("items");
    if (items != nullptr && items->is(Kind::kArray)) array_.items = &value;
    else ignore(value, "of no effect without an array of items");
    return {};
  }

  Result<void> read_unique_items(const JsonValue& value) {
    if (!value.is(Kind::kBoolean)) return expected(value, "true or false");
    if (value.truth) spec_.unique_items = &value;
    return {};
  }

  Result<void> read_members(const JsonValue& value, Schema& place) {
    if (!value.is(Kind::kObject)) return expected(value, "an object of schemas");
    if (value.members.size() > static_cast<std::size_t>(limits_.properties))
      return schema_error(
          value, fmt::format("names {} properties; at most {} are possible", value.members.size(), limits_.properties),
          ErrorCode::kBudget);
    for (const auto& [name, member] : value.members)
      if (!is_schema(member)) return expected(member, "a schema");
    place = &value;
    return {};
  }

  Result<void> read_properties(const JsonValue& value) { return read_members(value, object_.properties); }
  Result<void> read_pattern_properties(const JsonValue& value) { return read_members(value, object_.patterns); }

  Result<void> read_additional_properties(const JsonValue& value) {
    if (!is_schema(value)) return expected(value, "a schema");
    object_.additional = &value;
    return {};
  }

  Result<void> read_required(const JsonValue& value) {
    if (!value.is(Kind::kArray)) return expected(value, "an array of strings");
    for (const JsonValue& item : value.items) {
      if (!item.is(Kind::kString)) return expected(item, "a string");
      spec_.required.push_back(item.text);
    }
    return {};
  }

  Result<void> read_property_names(const JsonValue& value) {
    if (!is_schema(value)) return expected(value, "a schema");
    spec_.names.push_back(&value);
    return {};
  }

  // Within such a part, references would be meant from its beginning.
  Result<void> read_id(const JsonValue& value) {
    if (schema_.parent == nullptr || (value.is(Kind::kString) && value.text.starts_with('#'))) return {};
    return unsupported_schema(value, "$id is supported at the schema's beginning only");
  }

  const JsonValue& schema_;
  const Limits& limits_;
  ValueSpec& spec_;
  std::set<std::string>& ignored_;
  ValueSpec::ArrayPart array_;
  ValueSpec::ObjectPart object_;
};

}  // namespace

Result<void> read_keywords(Schema schema, const Limits& limits, ValueSpec& spec, std::set<std::string>& ignored) {
  return KeywordReader(schema, limits, spec, ignored).read();
}

unsigned type_of(const JsonValue& value) {
  switch (value.kind) {
    case Kind::kNull: return kNullType;
    case Kind::kBoolean: return kBooleanType;
    case Kind::kString: return kStringType;
    case Kind::kArray: return kArrayType;
    case Kind::kObject: return kObjectType;
    case Kind::kNumber: break;
  }
  const auto decimal = read_decimal(value.text);
  return decimal && !decimal->is_integer() ? kFractionType : kIntegerType;
}

}  // namespace sotto::grammar
