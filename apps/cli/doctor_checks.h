// What `sotto doctor` looks at. Changes nothing and asks no network.
#pragma once

#include <string>
#include <vector>

#include "catalog/paths.h"

namespace sotto::cli {

struct Check {
  enum class State { kOk, kWarning, kProblem };
  std::string name;
  State state = State::kOk;
  std::string finding;
  std::string advice;  // how to mend it; empty when nothing is wrong
};

Check check_processor();
Check check_memory();
Check check_downloads();
// Whether `path` is a folder that can be written, or can be made.
Check check_folder(const std::string& name, const std::string& path);
Check check_disk(const std::string& models_folder);
// One for each model, and one for the default model when it is missing. `verify`: reads every byte of the models
// whose sha256 is known.
std::vector<Check> check_models(const std::string& models_folder, bool verify);

// What is kept of packed weights, and what of it no start will use. `verify`: reads every byte.
Check check_packed(const std::string& packed_folder, bool verify);

// All of them, in the order in which people read them.
std::vector<Check> all_checks(const catalog::Paths& paths, bool verify);

}  // namespace sotto::cli
