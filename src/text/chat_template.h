// A chat template: Jinja, interpreted with budgets, each string keeping its provenance. A template is hostile input.
#pragma once

#include <cstddef>
#include <memory>
#include <nlohmann/json_fwd.hpp>
#include <string_view>
#include <vector>

#include "sotto/result.h"
#include "text/piece.h"

namespace sotto::text {

// What a template may use on top of what the variables themselves call for: what the caller brings, a long document
// say, raises the limits on steps and bytes by itself. The defaults end any template within 50 ms and 16 MiB.
struct TemplateBudget {
  std::size_t steps = 750'000;          // evaluated nodes, values made, 32 bytes of text copied
  std::size_t depth = 400;              // nested expressions, blocks and macro calls
  std::size_t output_bytes = 8u << 20;  // of the rendering and of all values alive, together
};

// Immutable once parsed: render() may be called from any thread.
class ChatTemplate {
 public:
  // Errors: kBadFile (syntax, with line), kUnsupported (a Jinja feature we do not have; names it), kBudget (1 MiB of
  // source, 100 levels of nesting, 4 MiB of nodes).
  static Result<ChatTemplate> parse(std::string_view source);

  ChatTemplate(ChatTemplate&&) noexcept;
  ChatTemplate& operator=(ChatTemplate&&) noexcept;
  ~ChatTemplate();

  // Renders as jinja2's ImmutableSandboxedEnvironment(trim_blocks, lstrip_blocks) with the loop-control extension
  // and transformers' globals (raise_exception, strftime_now, tojson) does, byte for byte.
  // `variables`: an object: messages, add_generation_prompt, bos_token, eos_token, tools, …  Strings in `messages`,
  // `tools` and `documents` are untrusted wherever they end up; the template's own text and all other
  // variables are trusted. Neighbouring pieces of one provenance are joined.
  // Errors: kBudget, kBadRequest (raise_exception, with its message), kBadFile (a type error, with line).
  Result<std::vector<Piece>> render(const nlohmann::ordered_json& variables, const TemplateBudget& budget = {}) const;

 private:
  struct Impl;
  explicit ChatTemplate(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace sotto::text
