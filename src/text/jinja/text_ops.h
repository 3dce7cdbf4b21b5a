// What Python's str can do, each byte keeping its provenance.
#pragma once

#include "text/jinja/chars.h"
#include "text/jinja/interpreter.h"

namespace sotto::text::jinja {

inline constexpr std::size_t kNowhere = std::string_view::npos;

// Where `needle` first or last stands; linear in the text, and paid for.
std::size_t find_text(Interpreter& in, std::string_view text, std::string_view needle);
std::size_t find_last_text(Interpreter& in, std::string_view text, std::string_view needle);

// The text of an argument; null and a failure when it is no string.
const Str* need_text(Interpreter& in, const Value& value, std::string_view what);
// An optional whole number: `fallback` where it is missing or none.
bool read_int(Interpreter& in, const Value& value, Int fallback, Int& out);

enum class Side : std::uint8_t { kLeft, kRight, kBoth };

// Lower case of the character `c` at `at`; a sigma looks at its neighbours, none of them before `from`.
void append_lower(std::string_view text, std::size_t at, std::size_t from, const Char& c, std::string& out);
Value change_case(Interpreter& in, const Str& text, Case to);
Value capitalize(Interpreter& in, const Str& text);
// `chars`: what to strip; white space where none.
Value strip(Interpreter& in, const Str& text, const Value& chars, Side side);
Value replace(Interpreter& in, const Str& text, const Str& from, const Str& to, Int count);
Value join(Interpreter& in, const Str& separator, const Value& items, bool convert);
// `side`: where the text stands in the field.
Value pad(Interpreter& in, const Str& text, Int width, const Str& fill, Side side);
Ref<List> split_lines(Interpreter& in, const Str& text, bool keep_ends);
// At white space, or at `separator` where given; at most `limit` cuts unless negative.
Ref<List> split(Interpreter& in, const Str& text, const Str* separator, Int limit);
Ref<List> split_from_right(Interpreter& in, const Str& text, const Str* separator, Int limit);

}  // namespace sotto::text::jinja
