// Any bytes as a grammar: it is read or refused within its limits, and what is read is matched without contradiction: a
// token is accepted exactly where the mask has it, and every text on the way can be brought to an end.
#include <cstddef>
#include <cstdint>

#include "grammar/gbnf.h"
#include "grammar_walk.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  sotto::grammar::Limits limits;
  limits.nodes = 20'000;
  limits.edges = 100'000;
  limits.repetitions = 1000;
  limits.steps = 200'000;
  limits.stacks = 1000;
  auto grammar = sotto::grammar::read_gbnf(text, {.limits = limits});
  if (!grammar) {
    sotto::fuzz::require(!grammar.error().message.empty());
    return 0;
  }
  sotto::fuzz::walk(std::move(*grammar), data, size);
  return 0;
}
