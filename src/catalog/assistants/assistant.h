// An assistant: a model with a system prompt, examples, parameters and adapters, as one small text that people share.
// Two spellings are read, TOML and Ollama's Modelfile; TOML is written. The text is hostile. Knows nothing of the disk,
// and not what a parameter means.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "sotto/result.h"

namespace sotto::catalog {

inline constexpr std::size_t kMaxAssistantBytes = 1u << 20;

struct AssistantParameter {
  std::string name, value;  // as the file spells them; "stop" may stand there more than once
  int line = 0;             // where; 0: nowhere

  bool operator==(const AssistantParameter& other) const { return name == other.name && value == other.value; }
};

struct AssistantMessage {
  std::string role, content;  // "system", "user" or "assistant"

  bool operator==(const AssistantMessage&) const = default;
};

struct Assistant {
  std::string name;                   // empty: the file does not say
  std::string base;                   // the name of a model, or the path of a GGUF file
  std::vector<std::string> adapters;  // "PATH" or "PATH=SCALE"
  std::string system;                 // what the model is told first
  std::string greeting;               // what a person reads when a chat begins; the model does not
  std::string chat_template;          // Jinja, in place of the model's own; empty: that
  bool raw = false;                   // texts are continued without a template
  std::vector<AssistantParameter> parameters;
  std::vector<AssistantMessage> messages;  // what was said before a chat begins: examples
  std::vector<std::string> tools;          // names of the tools that it may call
  std::vector<std::string> licenses;       // texts or identifiers

  bool operator==(const Assistant&) const = default;
};

struct ParsedAssistant {
  Assistant assistant;
  std::vector<std::string> notes;  // what was left out, a sentence each, with "FILE:LINE: " in front
};

// In either spelling; `file` stands in errors. Errors: kBadFile, all beginning with "FILE:LINE: " where a line is to
// blame: no UTF-8, too long, not of the grammar, a field or instruction that does not exist (says which do), a base
// that is missing.
Result<ParsedAssistant> parse_assistant(std::string_view text, const std::string& file);
Result<ParsedAssistant> parse_assistant_toml(std::string_view text, const std::string& file);
Result<ParsedAssistant> parse_modelfile(std::string_view text, const std::string& file);

// Reads as the same assistant again. A text of several lines stands as such.
std::string to_toml(const Assistant& assistant);

// kBadFile: "FILE:LINE: WHAT".
Unexpected assistant_error(const std::string& file, int line, std::string_view what);

// What both spellings have to hold to: one of each parameter but stop, a base, no control characters in names and
// paths. Puts stop behind the other parameters, so that the order of a file does not matter.
Result<void> settle_assistant(Assistant& assistant, const std::string& file);

}  // namespace sotto::catalog
