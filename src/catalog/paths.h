// Where Sotto keeps things on disk, by the XDG base directory specification. Creates nothing, reads
// only the environment; knows nothing of what the folders hold.
#pragma once

#include <string>

#include "sotto/result.h"

namespace sotto::catalog {

// Absolute paths without a slash at the end. None of them needs to exist.
struct Paths {
  std::string models;       // $SOTTO_MODELS, or $XDG_DATA_HOME/sotto/models
  std::string cache;        // $XDG_CACHE_HOME/sotto: may be deleted at any time
  std::string packed;       // cache/packed: packed weights
  std::string config_file;  // $XDG_CONFIG_HOME/sotto/config.toml
  std::string state;        // $XDG_STATE_HOME/sotto: history, the encrypted database, the ledger
  std::string running;      // $XDG_RUNTIME_DIR/sotto, or /tmp/sotto-<uid>: one file a running engine
};

// A relative path in an XDG variable is ignored, as the specification asks; one in SOTTO_MODELS is
// taken from the current folder. Errors: kNotFound when neither HOME nor the account's entry names
// a home folder. Reads the environment: not safe beside a thread that changes it.
Result<Paths> find_paths();

}  // namespace sotto::catalog
