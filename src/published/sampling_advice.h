// How a model's makers would sample it: generation_config.json as the keys general.sampling.*. Knows nothing of tokens.
#pragma once

#include <string>
#include <vector>

#include "gguf/writer.h"
#include "sotto/result.h"

namespace sotto::published {

// Writes a key for each recommendation that is there and in its range; one that is not is left out, with a note. Where
// the file says that nothing is to be drawn (do_sample is false), only the repetition penalty counts. No file: nothing.
// Errors: kIo, kBadFile (no JSON).
Result<void> write_sampling_advice(const std::string& folder, gguf::Writer& writer, std::vector<std::string>& notes);

}  // namespace sotto::published
