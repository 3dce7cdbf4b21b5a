// What a request says, as the tokens that the model reads. Knows the chat template and where BOS
// belongs; knows nothing of the forward pass.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/conversation.h"
#include "gguf/file.h"
#include "sotto/engine.h"
#include "text/chat_template.h"
#include "text/thought.h"
#include "text/tokenizer.h"

namespace sotto::engine {

// A model's way of reading and writing text. Immutable: every member may be called from any thread.
class Language {
 public:
  // Reads tokenizer and chat template. `file` must outlive the result. A chat template that does
  // not parse is kept as an error for the first request that needs it: plain prompts work without.
  // chat_template: in place of the file's; empty: that.
  // Errors: kBadFile, kUnsupported, kNotFound (no vocabulary in the file).
  static Result<Language> read(const gguf::File& file, std::string_view chat_template = {});

  // marks: what thoughts stand between; nullptr: the model writes none. tools: how the template is told of tools.
  Language(std::unique_ptr<text::Tokenizer> tokenizer, std::optional<Result<text::ChatTemplate>> chat_template,
           const text::ThoughtMarks* marks = nullptr, const ToolForm& tools = {})
      : tokenizer_(std::move(tokenizer)), template_(std::move(chat_template)), marks_(marks), tools_(tools) {}

  const text::Tokenizer& tokenizer() const { return *tokenizer_; }
  bool fills_gaps() const { return tokenizer_->vocab().gap.complete(); }
  bool has_chat_template() const { return template_.has_value(); }
  const text::ThoughtMarks* thought_marks() const { return marks_; }
  const ToolForm& tool_form() const { return tools_; }
  bool ends_within_thought(const std::vector<Token>& prompt) const;

  // `text` read as text throughout. `with_ends`: begins, and for the vocabularies that ask for it
  // ends, as the model was trained to.
  std::vector<Token> tokenize(std::string_view text, bool with_ends) const;

  // lead: what an answer to messages begins with, for the model to go on from; may hold control tokens.
  // Errors: kBadRequest (nothing to read; the template refuses the messages), kUnsupported
  // (messages, and no template; a gap, and no tokens for it), kBadFile or kBudget (a broken template).
  Result<std::vector<Token>> prompt(const Request& request, std::string_view lead = {}) const;

  // The messages in the chat template, or the plain prompt, as text; of a gap only what stands before it. Errors: as
  // prompt().
  Result<std::string> prompt_text(const Request& request) const;

 private:
  Result<std::vector<text::Piece>> render(const Request& request, std::string_view lead) const;
  Result<std::vector<Token>> encode_around_gap(const std::string& prefix, const Gap& gap) const;
  void begin(std::vector<Token>& tokens) const;

  std::unique_ptr<text::Tokenizer> tokenizer_;
  std::optional<Result<text::ChatTemplate>> template_;
  const text::ThoughtMarks* marks_;
  ToolForm tools_;
};

}  // namespace sotto::engine
