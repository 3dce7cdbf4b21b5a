// How an encoder's token vectors become one of the text, from the files that sentence-transformers writes beside a
// model: modules.json, the pooling module's config.json and sentence_bert_config.json.
#pragma once

#include <string>
#include <vector>

#include "published/configuration.h"

namespace sotto::published {

// Writes <architecture>.pooling_type: what the folder says, or the mean where it says nothing. `notes` takes what a
// user should know. Errors: kUnsupported (a way of pooling, or a module behind it, that GGUF files cannot say),
// kBadFile, kIo.
Result<void> write_pooling(const std::string& folder, const Configuration& configuration, gguf::Writer& writer,
                           std::vector<std::string>& notes);

}  // namespace sotto::published
