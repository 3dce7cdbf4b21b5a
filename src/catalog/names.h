// Model names: their one spelling, and which of many is nearest to a mistyped one.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "sotto/result.h"

namespace sotto::catalog {

// Lower case, without ":latest". Errors: kBadRequest unless it is letters, digits, ".", "_", "-"
// with at most one ":" between, neither side empty or beginning with a dot, at most 100 characters:
// such a name is also safe as part of a file's name.
Result<std::string> normalize_name(std::string_view name);

// Whether `name` can stand as a file in a folder and nowhere else: no "/", no leading dot, no
// control characters, ends in ".gguf", at most 200 bytes.
bool is_safe_file_name(std::string_view name);

// What stands before ".gguf" in a file's name or path, and before the number of a part.
std::string model_stem(std::string_view file);

std::string to_lower(std::string_view text);  // ASCII only

// Changes of one character (insert, delete, replace, swap of neighbours) that make `b` of `a`.
int edit_distance(std::string_view a, std::string_view b);

// At most `limit` of `candidates`, nearest first: those that start with `name` (3 letters or more), and those within
// one edit for each 3 letters of it.
std::vector<std::string> nearest_names(std::string_view name, const std::vector<std::string>& candidates, int limit);

}  // namespace sotto::catalog
