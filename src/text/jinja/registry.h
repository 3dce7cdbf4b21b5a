// Which filters, tests and global functions there are, by name.
#pragma once

#include <span>
#include <string_view>

#include "text/jinja/native.h"

namespace sotto::text::jinja {

// null when there is none of that name
const Builtin* find_filter(std::string_view name);
const Builtin* find_test(std::string_view name);
const Builtin* find_global(std::string_view name);

// Methods of the built-in types.
const Builtin* find_method(Kind kind, std::string_view name);
// Whether Python's sandbox knows the attribute but refuses it, as list.append.
bool is_refused_attribute(Kind kind, std::string_view name);
// Whether Python's type has an attribute of that name which is not supported here, as str.encode.
bool is_unsupported_attribute(Kind kind, std::string_view name);

// The tables, each in its own source file.
std::span<const Builtin> text_filters();
std::span<const Builtin> sequence_filters();
std::span<const Builtin> selection_filters();
std::span<const Builtin> number_filters();
std::span<const Builtin> json_filters();
std::span<const Builtin> tests();
std::span<const Builtin> globals();
std::span<const Builtin> string_methods();
std::span<const Builtin> string_search_methods();
std::span<const Builtin> list_methods();
std::span<const Builtin> tuple_methods();
std::span<const Builtin> mapping_methods();

}  // namespace sotto::text::jinja
