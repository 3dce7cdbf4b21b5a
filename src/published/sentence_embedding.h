// How an encoder's token vectors become one of the text, from the files that sentence-transformers writes beside a
// model: modules.json, the pooling module's config.json and sentence_bert_config.json.
#pragma once

#include <string>
#include <vector>

#include "published/configuration.h"
#include "published/plan.h"
#include "published/weight_files.h"

namespace sotto::published {

// Writes <architecture>.pooling_type: what the folder says, or the mean where it says nothing. Gives the folders of the
// matrices behind the pooling. `notes` takes what a user should know. Errors: kUnsupported (a way of pooling, or a
// module behind it, that GGUF files cannot say), kBadFile, kIo.
Result<std::vector<std::string>> write_pooling(const std::string& folder, const Configuration& configuration,
                                               gguf::Writer& writer, std::vector<std::string>& notes);

// The matrices behind the pooling. Must outlive the plan that they were added to.
class DenseModules {
 public:
  // Adds the module of each folder, in order, to the plan, and writes its widths. Errors: kUnsupported (a bias, an
  // activation), kBadFile, kNotFound, kIo.
  Result<void> add(const std::vector<std::string>& folders, const Configuration& configuration, Plan& plan,
                   gguf::Writer& writer);

 private:
  std::vector<WeightFiles> files_;
};

}  // namespace sotto::published
