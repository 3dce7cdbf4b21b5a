#include "grammar/json_schema.h"

#include <utility>

#include "grammar/schema_compiler.h"

namespace sotto::grammar {

Result<CompiledSchema> compile_json_schema(std::string_view text, const SchemaOptions& options) {
  const auto document = SchemaDocument::parse(text, options.limits);
  if (!document) return Unexpected(document.error());
  SchemaCompiler compiler(*document, options);
  auto grammar = compiler.compile();
  if (!grammar) {
    Error error = std::move(grammar.error());
    if (!error.message.starts_with("schema")) error.message = "schema: " + error.message;
    return Unexpected(std::move(error));
  }
  return CompiledSchema{std::move(*grammar), compiler.ignored()};
}

}  // namespace sotto::grammar
