// Text with its provenance: whether control tokens may be read in it.
#pragma once

#include <string>

namespace sotto::text {

// Trusted text comes from the chat template itself; everything a user, tool or document wrote is untrusted, and
// `<|im_start|>` in it stays text.
struct Piece {
  std::string text;
  bool trusted = false;
};

}  // namespace sotto::text
