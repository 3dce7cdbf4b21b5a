// Ends a stream of text before the first stop string in it, wherever the stream is cut into pieces.
// Knows nothing of tokens.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "sotto/result.h"

namespace sotto::engine {

// Aho and Corasick (Efficient string matching, CACM 1975): linear in the text, whatever the stop
// strings. The text that might be the beginning of a stop string is held back until that is
// decided. Not thread-safe.
class StopMatcher {
 public:
  // Errors: kBadRequest: a stop string that is empty or too long, or too many of them.
  static Result<StopMatcher> create(std::span<const std::string> stops);

  // What can be shown of the text so far. Once stopped(), nothing more.
  std::string push(std::string_view text);
  std::string finish();  // the text has ended: what was held back

  bool stopped() const { return stopped_; }
  const std::string& matched() const { return matched_; }  // the stop string, once stopped()

 private:
  struct Node {
    std::array<std::int32_t, 256> next;  // by byte; after build() the whole automaton: never -1
    std::int32_t depth = 0;              // bytes of the text that this node stands for
    std::int32_t match_bytes = 0;        // the longest stop string that ends here; 0: none
  };

  StopMatcher() { add_node(0); }
  std::int32_t add_node(std::int32_t depth);
  void add(std::string_view stop);
  void build();

  std::vector<Node> nodes_;
  std::int32_t state_ = 0;
  std::string held_;  // nodes_[state_].depth bytes between calls
  bool stopped_ = false;
  std::string matched_;
};

}  // namespace sotto::engine
