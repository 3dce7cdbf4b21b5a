// Whole files of text that commands read and write.
#pragma once

#include <string>
#include <string_view>

#include "sotto/result.h"

namespace sotto::cli {

// The file's text, or `otherwise` where `path` is empty. Errors: kNotFound, kIo, kBadRequest (empty, or more than
// 64 MiB).
Result<std::string> read_text_or(const std::string& path, std::string_view otherwise);

// Replaces a file that stands there, at once. Errors: kIo, kNotFound (the folder).
Result<void> write_text_file(const std::string& path, std::string_view text);

}  // namespace sotto::cli
