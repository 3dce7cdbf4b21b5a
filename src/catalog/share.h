// A model whose bytes are in the store already under another name: linked, not downloaded again.
#pragma once

#include <optional>
#include <string>

#include "catalog/catalog.h"
#include "catalog/store.h"

namespace sotto::catalog {

struct SharedModel {
  StoredModel model;
  std::string other_name;  // of the model that has the same bytes
};

// Puts the entry's file into the folder as a hard link to a stored one with the entry's sha256, which is computed anew.
// Nothing when the entry has none, no file has it, the entry's place is taken, or no link can be made.
std::optional<SharedModel> share_stored(const Entry& entry, const std::string& models_folder);

}  // namespace sotto::catalog
