// Any bytes as a JSON Schema: it is compiled or refused within its limits, and what is compiled is matched without
// contradiction, as in gbnf_fuzz.cpp; what is written to its end is JSON.
#include <cstddef>
#include <cstdint>
#include <nlohmann/json.hpp>

#include "grammar/json_schema.h"
#include "grammar_walk.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  sotto::grammar::Limits limits;
  limits.nodes = 50'000;
  limits.edges = 200'000;
  limits.repetitions = 1000;
  limits.dfa_states = 2000;
  limits.steps = 200'000;
  limits.stacks = 1000;
  auto compiled = sotto::grammar::compile_json_schema(text, {.limits = limits});
  if (!compiled) {
    sotto::fuzz::require(compiled.error().message.starts_with("schema"));
    return 0;
  }
  const std::string written = sotto::fuzz::walk(std::move(compiled->grammar), data, size);
  sotto::fuzz::require(written.empty() || nlohmann::json::accept(written));
  return 0;
}
