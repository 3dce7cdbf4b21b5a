// What Python does with values: printing, comparing, computing, looking inside, iterating.
// Each reports failures to the interpreter and then returns an empty value.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>

#include "text/jinja/ast.h"
#include "text/jinja/interpreter.h"

namespace sotto::text::jinja {

// --- printing (printing.cpp, numbers.cpp) ---
void print_value(Interpreter& in, const Value& value, TextBuilder& out);  // str()
void print_repr(Interpreter& in, const Value& value, TextBuilder& out);   // repr()
Ref<Str> to_text(Interpreter& in, const Value& value);                    // str()
std::string int_text(Int value);
std::string float_text(double value);  // repr(float)
std::string type_name(const Value& value);
// Whether no byte inside is untrusted: decides the provenance of brackets and quotes around it.
bool wholly_trusted(Interpreter& in, const Value& value);

// --- comparing (compare.cpp) ---
bool values_equal(Interpreter& in, const Value& a, const Value& b);
// -1, 0 or 1, or 2 where the values have an order but are not ordered (NaN).
int order(Interpreter& in, const Value& a, const Value& b);
bool contains(Interpreter& in, const Value& container, const Value& item);
bool compare(Interpreter& in, Op op, const Value& a, const Value& b);

// --- computing (arithmetic.cpp) ---
Value compute(Interpreter& in, Op op, const Value& a, const Value& b);
Value negate(Interpreter& in, const Value& value);
// An integer, as Python's __index__; false and a failure for anything else.
bool to_index(Interpreter& in, const Value& value, Int& out);

// --- looking inside (access.cpp) ---
Value get_attribute(Interpreter& in, const Value& object, std::string_view name);
Value get_item(Interpreter& in, const Value& object, const Value& key);
Value get_slice(Interpreter& in, const Value& object, const Value& start, const Value& stop, const Value& step);
// "address.city", "0.name" or a single key, one get_item() after another.
Value get_path(Interpreter& in, const Value& object, const Value& path, const Value& fallback);

// --- iterating (iteration.cpp) ---
bool has_length(const Value& value);
std::size_t length(const Value& value);
bool iterable(const Value& value);
Ref<Iterator> iterate(Interpreter& in, const Value& value);
Ref<List> to_list(Interpreter& in, const Value& value);
Value substring(Interpreter& in, const Str& text, std::size_t from, std::size_t to);
Value item_at(Interpreter& in, const Value& sequence, std::size_t index);

// --- JSON (json.cpp) ---
Value from_json(Interpreter& in, const nlohmann::ordered_json& json, bool trusted);

}  // namespace sotto::text::jinja
