// Which marks stand around calls of tools, and how a call is written: a table of formats, by what chat templates show.
// How the calls within are read stands in reading.h. Knows nothing of tokens and of streams.
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "text/tool_calls/reading.h"

namespace sotto::text::tool_calls {

// What may begin a call.
struct Open {
  std::string_view mark;
  bool kept = false;     // the mark is the beginning of the call itself
  bool anywhere = true;  // otherwise only where an answer begins, or behind a call
};

// How a call is written where it must be one, so that a grammar can hold it to the tool's schema:
//   lead open before NAME after_name ARGUMENTS after, and for each further call
//   between before NAME after_name ARGUMENTS after; close tail
// lead and tail are control tokens and stand outside of what a grammar holds.
struct Framing {
  std::string_view lead, open, before, after_name, after, between, close, tail;
  bool several = true;  // calls in an answer
  bool marked = false;  // `open` begins nothing but calls
};

struct Format {
  std::span<const std::string_view> shown;  // a template that has one of these speaks of it
  std::span<const Open> opens;
  std::span<const std::string_view> closes;  // may end what `opens` began; models forget them
  std::span<const std::string_view> ends;    // control tokens behind the calls, which end the answer
  const Framing& framing;
};

// The format of a template that is given tools; nullptr: it asks for none, or shows a format that is not known here.
const Format* find_format(std::string_view chat_template);

// For templates that know no tools: JSON between <tool_call> and </tool_call>.
const Format& generic_format();

// Reads the calls behind `open`, which `text` begins with, and the mark that ends them.
Reading read_calls(const Format& format, const Open& open, std::string_view text, Tools tools);

// The calls as a model would have written them. Each call's arguments: JSON text.
std::string write_calls(const Framing& framing, std::span<const Call> calls);

// Whether a control token of this name is part of a call's text.
bool is_mark(const Format& format, std::string_view name);

}  // namespace sotto::text::tool_calls
