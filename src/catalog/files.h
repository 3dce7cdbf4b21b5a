// The few file operations that must be exact: whole or not at all, never through a stranger's link.
// Knows nothing of models.
#pragma once

#include <sys/types.h>

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "base/descriptor.h"
#include "sotto/result.h"

namespace sotto::catalog {

using base::Descriptor;

// The Error for the current errno: kNotFound for ENOENT, kBudget for a full disk (and what to do), otherwise kIo.
Error system_error(std::string_view what, const std::string& path);

// Creates `path` and what is missing above it. Errors: kIo, kNotFound (where none can be made, or one went meanwhile).
Result<void> make_folders(const std::string& path);

// Errors: kNotFound, kIo, kBadFile when it is longer than `max_bytes`.
Result<std::string> read_small_file(const std::string& path, std::size_t max_bytes);

// Replaces `path` by a file with `text`: after a crash the old or the new one is there, whole.
// Errors: kIo.
Result<void> write_file(const std::string& path, std::string_view text);

// Writes all of `bytes` at `offset`. Errors: kIo.
Result<void> write_at(int descriptor, std::span<const char> bytes, std::uint64_t offset, const std::string& path);

// Flushes `temporary` to the disk and gives it its final name in the same file system. With
// `replace` false an existing `final_path` is kIo. Errors: kIo.
Result<void> publish_file(const std::string& temporary, const std::string& final_path, bool replace);

// Size of a regular file (links followed), or nothing: -1.
std::int64_t file_size(const std::string& path);

// Deletes what may be there; returns the bytes freed.
std::uint64_t delete_file(const std::string& path);

std::string parent_folder(const std::string& path);  // "." for a bare name
std::string base_name(const std::string& path);

}  // namespace sotto::catalog
