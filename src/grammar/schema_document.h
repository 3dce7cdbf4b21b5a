// A JSON Schema as a document: its parts, what references lead to, and errors that say where they stand. Knows what
// keywords are called, and not what they demand.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <string_view>

#include "grammar/json_value.h"
#include "sotto/result.h"

namespace sotto::grammar {

using Schema = const JsonValue*;  // a part of a document: an object, or true or false

// "schema, at #/properties/a: <problem>"
Unexpected schema_error(const JsonValue& part, const std::string& problem, ErrorCode code = ErrorCode::kBadRequest);
Unexpected unsupported_schema(const JsonValue& part, const std::string& problem);

class SchemaDocument {
 public:
  // Errors: kBadRequest (no JSON, no schema), kBudget.
  static Result<SchemaDocument> parse(std::string_view text, const Limits& limits);

  Schema root() const { return root_.get(); }

  // What `reference`, the value of a $ref, leads to: a pointer or an anchor within the document. Errors: kUnsupported
  // (of another document), kBadRequest (there is no such place).
  Result<Schema> resolve(const JsonValue& reference) const;

 private:
  explicit SchemaDocument(std::unique_ptr<const JsonValue> root) : root_(std::move(root)) {}

  void find_anchors(const JsonValue& value);
  Result<Schema> follow(const JsonValue& reference, std::string_view pointer) const;

  std::unique_ptr<const JsonValue> root_;
  std::map<std::string, Schema, std::less<>> anchors_;
};

}  // namespace sotto::grammar
