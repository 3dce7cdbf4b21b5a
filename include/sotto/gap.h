// A text around a place that a model writes. docs/api-llamacpp.md#filling-gaps
#pragma once

#include <string>
#include <vector>

namespace sotto {

// A gap in a text, for models that were trained to fill one (ModelInfo::fills_gaps): Request::prompt stands before it.
struct Gap {
  std::string suffix;   // stands behind it
  std::string begun{};  // stands in it already; the answer goes on from there
  struct File {
    std::string name, text;
  };
  std::vector<File> files{};  // of the same project; the last ones stand nearest
};

}  // namespace sotto
