#include "grammar/json_schema.h"

#include <span>
#include <utility>
#include <vector>

#include "grammar/schema_compiler.h"

namespace sotto::grammar {
namespace {

// The grammar with what was ignored; an error says that it is a schema's.
Result<CompiledSchema> finished(SchemaCompiler& compiler, Result<Grammar> grammar) {
  if (grammar) return CompiledSchema{std::move(*grammar), compiler.ignored()};
  Error error = std::move(grammar.error());
  if (!error.message.starts_with("schema")) error.message = "schema: " + error.message;
  return Unexpected(std::move(error));
}

}  // namespace

Result<CompiledSchema> compile_json_schema(std::string_view text, const SchemaOptions& options) {
  auto document = SchemaDocument::parse(text, options.limits);
  if (!document) return Unexpected(document.error());
  SchemaCompiler compiler(std::span(&*document, 1), options);
  return finished(compiler, compiler.compile());
}

Result<CompiledSchema> compile_frames(const Frames& frames, const SchemaOptions& options) {
  std::vector<SchemaDocument> documents;
  for (const Frame& frame : frames.frames) {
    auto document = SchemaDocument::parse(frame.schema, options.limits);
    if (!document) return Unexpected(document.error());
    documents.push_back(std::move(*document));
  }
  SchemaCompiler compiler(documents, options);
  return finished(compiler, compiler.compile(frames));
}

}  // namespace sotto::grammar
