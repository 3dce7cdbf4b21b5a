// Where a text stands in a grammar: a state is a set of stacks, each a node and the rules that are open around it. Both
// are kept once (hash-consed), so that a byte's step is computed once and then looked up. Knows no tokens.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <span>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <utility>
#include <vector>

#include "grammar/grammar.h"

namespace sotto::grammar {

using StateId = std::int32_t;
using FrameId = std::int32_t;

// Grows as states are met; not thread-safe. Ids stay valid as long as it lives.
class States {
 public:
  static constexpr StateId kDead = 0;
  static constexpr FrameId kBottom = 0;   // below it, the text is complete
  static constexpr FrameId kUnknown = 1;  // below it, what is there is not known

  struct Stack {
    Node node;
    FrameId frame;  // the innermost open rule's

    bool operator==(const Stack&) const = default;
  };

  explicit States(std::shared_ptr<const Grammar> grammar);
  States(const States&) = delete;  // the sets refer to it
  States& operator=(const States&) = delete;

  const Grammar& grammar() const { return *grammar_; }

  StateId start();
  // The state of these nodes in a rule around which nothing is known.
  StateId within_unknown(std::span<const Node> nodes);

  // After one more byte; kDead when none of the ways to read the text goes on.
  StateId next(StateId state, std::uint8_t byte) {
    const std::int32_t row = heads_[static_cast<std::size_t>(state)].row;
    if (row >= 0) {
      const StateId known = rows_[static_cast<std::size_t>(row) + classes_[byte]];
      if (known != kUnseen) return known;
    }
    return step(state, byte);
  }
  StateId next(StateId state, std::string_view bytes);

  std::span<const Stack> stacks(StateId state) const;
  bool complete(StateId state) const { return (heads_[static_cast<std::size_t>(state)].flags & kComplete) != 0; }
  // A way to read the text left the rule around which nothing is known.
  bool left_unknown(StateId state) const { return (heads_[static_cast<std::size_t>(state)].flags & kLeft) != 0; }
  // How many rules are open, at most over all stacks.
  int depth(StateId state) const;

  // The one byte that can follow an incomplete state, or -1.
  int forced_byte(StateId state);

  // The same state in `other`, of the same grammar.
  StateId copy_to(States& other, StateId state) const;

  // Work since reset_steps() went past the grammar's limits: then states are wrong (kDead) and no state may be kept.
  bool exhausted() const { return exhausted_; }
  void reset_steps() {
    steps_ = 0;
    exhausted_ = false;
  }
  std::size_t bytes() const;

 private:
  static constexpr StateId kUnseen = -1;
  static constexpr std::uint8_t kComplete = 1, kLeft = 2;

  struct Frame {
    Node back;      // where the caller goes on
    FrameId below;  // the caller's own
    int depth;
  };
  struct Head {
    std::uint32_t first, size;  // in stacks_
    std::int32_t row;           // in rows_, or -1
    std::uint8_t flags;
  };
  struct HashOf {
    const States* states;
    std::size_t operator()(StateId state) const;
  };
  struct SameAs {
    const States* states;
    bool operator()(StateId a, StateId b) const;
  };

  StateId step(StateId state, std::uint8_t byte);
  void enter(Node node, FrameId frame);
  void close();
  void follow(const Edge& edge, FrameId frame);
  void leave(FrameId frame);
  FrameId push(Node back, FrameId below);
  StateId keep();
  FrameId copy_frame(States& other, FrameId frame, std::unordered_map<FrameId, FrameId>& copies) const;

  const std::shared_ptr<const Grammar> grammar_;
  std::array<std::uint8_t, 256> classes_;
  std::vector<Frame> frames_;
  std::unordered_map<std::uint64_t, FrameId> frame_ids_;
  std::vector<Head> heads_;
  std::vector<Stack> stacks_;
  std::vector<StateId> rows_;
  std::unordered_set<StateId, HashOf, SameAs> ids_;
  // The state in work.
  std::vector<Stack> open_, found_;
  std::unordered_set<std::uint64_t> seen_;
  std::uint8_t flags_ = 0;
  std::size_t steps_ = 0;
  bool exhausted_ = false;
};

}  // namespace sotto::grammar
