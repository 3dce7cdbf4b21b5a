// The chat templates of a published model: chat_template.jinja, or those in tokenizer_config.json.
#pragma once

#include <string>

#include "gguf/writer.h"
#include "published/json.h"
#include "sotto/result.h"

namespace sotto::published {

// Writes tokenizer.chat_template, and tokenizer.chat_template.<name> for others; nothing where there is none. Errors:
// kIo, kBadFile (a template that is no UTF-8 or larger than a MiB).
Result<void> write_chat_templates(const std::string& folder, const Json& tokenizer_config, gguf::Writer& writer);

}  // namespace sotto::published
