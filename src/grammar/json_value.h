// A JSON text as a tree that keeps what a schema needs kept: the order of members, and numbers as they are written.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "grammar/limits.h"
#include "sotto/result.h"

namespace sotto::grammar {

// Immutable once parsed; parts of it stay where they are as long as the whole does.
struct JsonMember;

struct JsonValue {
  enum class Kind { kNull, kBoolean, kNumber, kString, kArray, kObject };
  Kind kind = Kind::kNull;
  bool truth = false;
  std::string text;                 // a string's, or a number as it is written
  std::vector<JsonValue> items;     // of an array
  std::vector<JsonMember> members;  // of an object, each name once
  const JsonValue* parent = nullptr;

  bool is(Kind wanted) const { return kind == wanted; }
  const JsonValue* find(std::string_view name) const;  // nullptr: no member of this name, or no object
};

struct JsonMember {
  std::string name;
  JsonValue value;
};

// Errors: kBadRequest (no JSON: names the byte; a name that stands twice in one object), kBudget (longer than
// limits.text_bytes, nested deeper than limits.nesting).
Result<std::unique_ptr<const JsonValue>> parse_json(std::string_view text, const Limits& limits);

// Where a part stands in its whole (RFC 6901): "" or "/properties/a~1b".
std::string pointer_to(const JsonValue& part);
// One step of a pointer with its escapes.
std::string pointer_step(std::string_view name);

// Whether JSON Schema takes two values for equal: numbers by value, members in any order.
bool same_value(const JsonValue& a, const JsonValue& b);

std::string_view name_of(JsonValue::Kind kind);

}  // namespace sotto::grammar
