// The assistants in the models folder: one file each, <name>.assistant.toml, which names its base. Files put there by
// hand work too. Knows nothing of models.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "catalog/assistants/assistant.h"

namespace sotto::catalog {

inline constexpr std::string_view kAssistantEnding = ".assistant.toml";

struct KeptAssistant {
  Assistant assistant;  // with its name; nothing else where there is a problem
  std::string path;
  std::uint64_t file_bytes = 0;
  std::int64_t modified_unix_s = 0;
  std::string problem;  // why the file cannot be read; empty: it can
};

// Sorted by name. No folder: none. Errors: kIo.
Result<std::vector<KeptAssistant>> list_assistants(const std::string& folder);

// Nothing when none has this name. Errors: kIo; kBadFile when it is damaged.
Result<std::optional<KeptAssistant>> find_assistant(const std::string& folder, std::string_view name);

// Writes the assistant's file, whole or not at all; its name must be a normalized one. Errors: kIo, kBadRequest (the
// file is that of another one).
Result<void> write_assistant(const std::string& folder, const Assistant& assistant);

// The file of a name: "a:b" and "a-b" have the same.
std::string assistant_path(const std::string& folder, std::string_view name);

}  // namespace sotto::catalog
