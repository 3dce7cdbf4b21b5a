// A request's messages and tools in the shape that chat templates take: as transformers gives them, and in messages
// alone for templates that know no tools. Knows nothing of tokenizing and of answers.
#pragma once

#include <nlohmann/json.hpp>
#include <string_view>

#include "sotto/engine.h"
#include "text/chat_template.h"
#include "text/tool_calls/format.h"
#include "text/vocab.h"

namespace sotto::engine {

// How a chat template is told of tools and calls.
struct ToolForm {
  const text::tool_calls::Format* native = nullptr;  // nullptr: it knows none; the general form stands in messages
  bool has_calls = false;                            // it writes the calls of an assistant's message
  bool one_call = false;                             // it refuses several calls in one message
  bool in_system = false;                            // it takes tools as a text of the system message

  const text::tool_calls::Format& format() const {
    return native != nullptr ? *native : text::tool_calls::generic_format();
  }
};

// As the template's source shows it.
ToolForm shown_tool_form(std::string_view source);

// Likewise, and tried: a template that speaks of tools, and does not write those that it is given, has no form for
// them.
ToolForm tool_form_of(std::string_view source, const text::ChatTemplate& chat_template, const text::Vocab& vocab);

// Whether an answer may call tools.
bool offers_tools(const Request& request);

// Where instructions stand that a template has no place for.
enum class Place { kSystem, kUser };

// The variables of a template. Everything of the request is in `messages` and `tools`, which templates never trust.
nlohmann::ordered_json template_variables(const Request& request, const text::Vocab& vocab, const ToolForm& form,
                                          Place place = Place::kSystem);

}  // namespace sotto::engine
