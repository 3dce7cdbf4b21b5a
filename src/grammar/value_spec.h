// What schemas that hold together demand of one value, keyword by keyword. Knows no grammar.
#pragma once

#include <optional>
#include <set>
#include <string>
#include <vector>

#include "grammar/decimal.h"
#include "grammar/schema_document.h"

namespace sotto::grammar {

// Types that a value may have, as bits.
inline constexpr unsigned kNullType = 1, kBooleanType = 2, kStringType = 4, kArrayType = 8, kObjectType = 16,
                          kIntegerType = 32, kFractionType = 64, kNumberType = kIntegerType | kFractionType,
                          kAnyType = 127;

struct ValueSpec {
  // One schema's keywords on arrays and objects: what it says of the rest depends on what it says of parts.
  struct ArrayPart {
    std::vector<Schema> prefix;
    Schema items = nullptr;
  };
  struct ObjectPart {
    Schema properties = nullptr, patterns = nullptr;  // objects of schemas, by name and by pattern
    Schema additional = nullptr;
  };

  unsigned types = kAnyType;
  std::optional<std::vector<const JsonValue*>> values;  // of enum or const

  NumberBounds numbers;

  int min_length = 0, max_length = kUnbounded;
  std::vector<const JsonValue*> patterns, formats;

  std::vector<ArrayPart> array_parts;
  int min_items = 0, max_items = kUnbounded;
  const JsonValue* unique_items = nullptr;

  std::vector<ObjectPart> object_parts;
  std::vector<std::string> required;
  int min_properties = 0, max_properties = kUnbounded;
  const JsonValue* min_properties_at = nullptr;
  std::vector<Schema> names;

  bool limits_strings() const {
    return min_length > 0 || max_length != kUnbounded || !patterns.empty() || !formats.empty();
  }
  bool limits_arrays() const {
    return !array_parts.empty() || min_items > 0 || max_items != kUnbounded || unique_items != nullptr;
  }
  bool limits_objects() const {
    return !object_parts.empty() || !required.empty() || min_properties > 0 || max_properties != kUnbounded ||
           !names.empty();
  }
  bool anything() const {
    return types == kAnyType && !values && !numbers.any() && !limits_strings() && !limits_arrays() && !limits_objects();
  }
};

// Adds what `schema` itself demands: not what its $ref, allOf, anyOf and oneOf lead to. What has no effect is added to
// `ignored` as a pointer with its reason. Errors name the place: kUnsupported (a keyword that constrains and cannot be
// honoured), kBadRequest (a keyword's value is none that it can have), kBudget.
Result<void> read_keywords(Schema schema, const Limits& limits, ValueSpec& spec, std::set<std::string>& ignored);

// The types of a value.
unsigned type_of(const JsonValue& value);

}  // namespace sotto::grammar
