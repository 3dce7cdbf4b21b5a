// An assistant's file as the settings of a conversation: its parameters are those that flags and /set have.
#pragma once

#include <set>
#include <string>

#include "catalog/assistants/assistant.h"
#include "catalog/store.h"
#include "cli/settings.h"

namespace sotto::cli {

// Reads a file that a person wrote or was given. Base and adapters become absolute paths where they are paths, seen
// from the file's folder; parameters get the names and the spelling of Settings. Errors: kNotFound (also an adapter),
// kIo; kBadFile with "FILE:LINE: " in front, also for a parameter that does not exist or a value it cannot have.
Result<catalog::ParsedAssistant> read_assistant_file(const std::string& path);

// What an assistant sets, where the command line did not. given: long names of flags, without dashes.
// Errors: kBadFile, for a kept file that was changed by hand.
Result<void> apply_assistant(const catalog::Assistant& assistant, const std::set<std::string>& given,
                             Settings& settings);

// When `model` names an assistant, its settings are applied and `model` becomes its base; gives the assistant's name,
// or an empty one. Errors: as apply_assistant(), kIo.
Result<std::string> take_assistant(const catalog::Store& store, std::string& model, const std::set<std::string>& given,
                                   Settings& settings);

}  // namespace sotto::cli
