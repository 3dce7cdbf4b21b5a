// --session FILE: what was said and the engine's state of it in one file, with which a later run goes on. The file is
// the engine's; the messages and the system text stand in its note, as in a saved chat.
#pragma once

#include <string>
#include <vector>

#include "cli/settings.h"
#include "sotto/engine.h"

namespace sotto::cli {

// Takes the file up into `session`, and gives the messages; none where there is no file yet. Its system text counts
// where `settings` has none. Errors: those of Session::restore; kBadFile (the note is another program's); kIo,
// kNotFound (there is no file, and none can be made there).
Result<std::vector<Message>> take_up_session(Session& session, const std::string& path, Settings& settings);

// Errors: those of Session::save.
Result<void> keep_session(Session& session, const std::string& path, const std::string& system,
                          const std::vector<Message>& messages);

}  // namespace sotto::cli
