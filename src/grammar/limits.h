// What one grammar may cost: a hostile schema ends with an error and takes nothing down. Knows no format.
#pragma once

#include <cstddef>

namespace sotto::grammar {

struct Limits {
  int nodes = 1'000'000;               // of a grammar's automaton, about 16 bytes each with their edges
  int edges = 4'000'000;               //
  int rules = 20'000;                  //
  int repetitions = 20'000;            // the largest count of a repetition, a length or a number of items
  int dfa_states = 25'000;             // of one pattern, with lengths and formats that hold beside it
  int dfa_states_in_all = 400'000;     // of a schema
  int properties = 5000;               // named by one schema
  int nesting = 100;                   // of groups in a grammar's or a pattern's text, of values in a schema's
  int depth = 256;                     // rules open at a time while text is matched; deeper text is not allowed
  int stacks = 20'000;                 // ways in which one text can be read at a time
  std::size_t steps = 2'000'000;       // of work for one token or mask
  std::size_t cache_bytes = 32 << 20;  // of states and masks of a grammar and a vocabulary
  std::size_t text_bytes = 1 << 20;    // of a schema or a grammar
};

}  // namespace sotto::grammar
