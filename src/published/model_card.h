// What a published model's README.md and folder say of it: name and licence.
#pragma once

#include <string>
#include <string_view>

#include "published/json.h"
#include "sotto/result.h"

namespace sotto::published {

struct ModelCard {
  std::string name;  // of the folder, or of the repository that a download cache keeps in it
  std::string license, license_name, license_link;  // the link: of the README, or the name of a LICENSE file beside it
};

// The simple `key: value` lines between the two `---` at the head of a README; others are passed over.
ModelCard parse_front_matter(std::string_view readme);

// Never fails: a README that is missing or odd says nothing.
ModelCard read_model_card(const std::string& folder);

}  // namespace sotto::published
