// Whole files of text that commands read and write.
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "sotto/result.h"

namespace sotto::cli {

// The file's text, or `otherwise` where `path` is empty. Errors: kNotFound, kIo, kBadRequest (empty, or more than
// 64 MiB).
Result<std::string> read_text_or(const std::string& path, std::string_view otherwise);

// Whether write_text_file() may and can write `path`, for asking before long work: it is none of `others`, files that
// the command reads or writes, nor another part of one that is split, and it is free, or may be replaced. Empty ones of
// `others` count for nothing. Errors: kBadRequest, kIo, kNotFound (the folder).
Result<void> check_writable(const std::string& path, std::span<const std::string> others, bool replace);

// Replaces a file that stands there, at once. Errors: kIo, kNotFound (the folder).
Result<void> write_text_file(const std::string& path, std::string_view text);

}  // namespace sotto::cli
