// JSON Schema (draft 2020-12, and what draft 7 calls otherwise) to a grammar of the JSON texts that are valid.
// docs/structured-output.md says which keywords are honoured and which are refused.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "grammar/grammar.h"
#include "grammar/limits.h"
#include "sotto/result.h"

namespace sotto::grammar {

struct SchemaOptions {
  // Where a schema names properties and does not say whether there may be others, there are none: what is written is
  // valid all the same, and a model is not led to invent some.
  bool named_properties_only = false;
  std::string_view trigger = {};  // free text up to it comes first, and may be all; empty: the value begins at once
  Limits limits = {};
};

struct CompiledSchema {
  Grammar grammar;
  std::vector<std::string> ignored;  // what has no effect and why: "#/properties/a/format: the format x is not known"
};

// `text`: hostile. Texts that the grammar matches are valid, with the members of objects in the order of the schema; a
// valid value is matched in at least one way to write it, but for what docs/structured-output.md lists. Errors name the
// place in the schema: kUnsupported (what constrains and cannot be honoured), kBadRequest (no schema; nothing is
// valid), kBudget (limits).
Result<CompiledSchema> compile_json_schema(std::string_view text, const SchemaOptions& options = {});

// Values within texts that stand around them, as calls of tools are written: `open`, then one of the frames, and up to
// `most` in all with `between` before each further one, then `close`.
struct Frame {
  std::string before, schema, after;  // schema: JSON text
};
struct Frames {
  std::vector<Frame> frames;
  std::string open, between, close;
  int most = 1;  // values
};

// `options.trigger`, where it is set, takes the place of `open`. Errors: as compile_json_schema().
Result<CompiledSchema> compile_frames(const Frames& frames, const SchemaOptions& options = {});

// Schemas for any JSON value, and for any object.
inline constexpr std::string_view kAnyJsonSchema = "true", kAnyObjectSchema = R"({"type": "object"})";

}  // namespace sotto::grammar
