// The tokens that go through the layers together: those that one sequence appends, or several.
#pragma once

#include <cstdint>
#include <span>
#include <utility>
#include <vector>

#include "model/lane.h"
#include "model/model.h"
#include "model/recurrent_cache.h"

namespace sotto::model {

class Batch {
 public:
  struct Place {
    std::int32_t token;
    KvCache* cache;
    int position;  // in the sequence
  };

  // Neighbours in the batch, that one part appends.
  struct Piece {
    const Part* part;
    int first, n_tokens;  // in the batch
    int done;             // of the part, before these
    bool ends_part;
    RecurrentCache::Plan plan = {};

    int n_wanted() const {
      if (part->which == LogitsFor::kAll) return n_tokens;
      return part->which == LogitsFor::kLast && ends_part ? 1 : 0;
    }
    int first_wanted() const { return first + n_tokens - n_wanted(); }
  };

  // Takes as many tokens of `parts` as `most` allows, from where the batch before ended; false when none are left.
  // Makes the plans of the pieces.
  bool take(std::span<const Part> parts, int most);
  void begin() { next_part_ = next_token_ = 0; }  // before the first take()
  void finish() const;                            // the caches hold the tokens

  int first_wanted() const;  // the first token with logits; size(): there is none
  int size() const { return static_cast<int>(places_.size()); }
  const Place& at(int token) const { return places_[static_cast<std::size_t>(token)]; }
  std::span<const Piece> pieces() const { return pieces_; }
  // The pieces from .first to before .second have tokens in the lane.
  std::pair<int, int> pieces_of(const Lane& lane) const;
  // What the lane has of a piece.
  struct Run {
    KvCache* cache;
    int first, n_tokens;  // in the batch
    int position;         // of the first
  };
  Run run_of(int piece, const Lane& lane) const;

 private:
  void add(const Part& part, std::span<const std::int32_t> tokens);

  std::vector<Place> places_;
  std::vector<Piece> pieces_;
  std::size_t next_part_ = 0, next_token_ = 0;
};

}  // namespace sotto::model
