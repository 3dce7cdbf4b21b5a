// Writes the members of an object into a grammar, one after the other. Knows no schemas.
#pragma once

#include <string>
#include <vector>

#include "grammar/json_text.h"

namespace sotto::grammar {

// How an object's members are written.
struct Members {
  struct Named {
    std::string name;
    Rule value;  // kNoRule: the member may not be
    bool required;
  };
  struct Other {
    Dfa names;
    Rule value;
  };
  static constexpr Rule kNoRule = -1;

  std::vector<Named> named;          // in this order
  std::vector<Other> others;         // after them, in any order and number
  int least = 0, most = kUnbounded;  // members, all counted
  bool never = false;

  int n_required() const;
};

// For one object. Both must outlive it.
class ObjectWriter {
 public:
  ObjectWriter(Builder& builder, JsonText& text, const Members& members);

  void write(Node from, Node to);

 private:
  // Where the object stands after some of its members: `first` when none has been written yet, so that no comma stands
  // before the next, or at[c] after c, which are counted as far as bounds ask for it.
  struct Place {
    Node first;
    std::vector<Node> at;
  };

  Place make_place();
  int next_count(int count) const;  // after one more; -1: there may be no more
  Node before_member(const Place& place, int count);
  Place pass(const Members::Named& member, const Place& place);
  void end(const Place& place, Node to);

  Builder& builder_;
  JsonText& text_;
  const Members& members_;
  const bool bounded_;
  const int counted_;  // the largest count that is told apart
};

}  // namespace sotto::grammar
