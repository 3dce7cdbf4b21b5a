// What `sotto show` prints of an assistant.
#pragma once

#include <string>

#include "catalog/store.h"
#include "cli/report.h"

namespace sotto::cli {

// part: "" (all of it), "json", "file" (the text to share), "license", "template" or "metadata"; of the last two, what
// the assistant leaves to its model is the model's.
Exit show_assistant(const catalog::Store& store, const catalog::KeptAssistant& kept, const std::string& part);

}  // namespace sotto::cli
