// Brings together what several sequences append at the same time: one forward pass reads the weights for all of them.
// Knows nothing of text, sampling or how tokens come about.
#pragma once

#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <exception>
#include <mutex>
#include <vector>

#include "model/model.h"

namespace sotto::engine {

// Thread-safe. Whoever comes while no pass is under way leads the next ones, until its own tokens are read; the others
// wait. A pass takes what there is, in the order of coming: all that is short, and of long prompts as much as keeps it
// short for the others (decisions/0019-batches.md).
class Batcher {
 public:
  // A generation at work. The pass waits a moment for those that are about to append their next token. Lives no longer
  // than the Batcher.
  class Member {
   public:
    explicit Member(Batcher& batcher);  // throws std::bad_alloc
    ~Member();
    Member(const Member&) = delete;
    Member& operator=(const Member&) = delete;

   private:
    Batcher& batcher_;
  };

  explicit Batcher(model::Model& model) : model_(model) {}

  // As model::Model::forward() of one part; returns when it is done. member: null, or whose next tokens will follow.
  // Throws what the pass threw; then how far the cache was filled is unknown.
  void append(const model::Part& part, Member* member = nullptr);

  std::size_t n_waiting() const;  // appends that are not done
  // Whether several had tokens in the last pass, or some wait.
  bool crowded() const;

 private:
  using Clock = std::chrono::steady_clock;

  struct Job {
    const model::Part& part;
    Member* member;
    std::size_t n_read = 0, n_chosen = 0;  // of the part's tokens; chosen: for the next pass
    bool done = false, leads = false;
    std::exception_ptr error = nullptr;
    std::condition_variable changed = {};

    std::size_t n_left() const { return part.tokens.size() - n_read; }
    bool is_prompt() const;
    model::Part chosen() const;
  };

  void lead(std::unique_lock<std::mutex>& lock, const Job& own);
  void wait_for_members(std::unique_lock<std::mutex>& lock);
  void pass(std::unique_lock<std::mutex>& lock);
  std::size_t choose();
  // How many tokens of prompts take so long, from `least` on; `untried`: while nothing is known of it.
  std::size_t fitting(double seconds, std::size_t least, std::size_t untried) const;
  void finish(Job& job, const std::exception_ptr& error);
  void forget(Member& member);

  model::Model& model_;
  mutable std::mutex mutex_;
  std::condition_variable arrived_;  // for the leader
  std::vector<Job*> waiting_;        // in the order of coming; those of a pass stay until it is done
  std::vector<Member*> expected_;    // those whose next tokens are about to come
  std::vector<model::Part> parts_;   // of the pass under way
  std::size_t n_members_ = 0;
  bool led_ = false, crowded_ = false;
  Clock::duration last_pass_{};
  double prompt_token_seconds_ = 0;  // in the last pass with some; 0: there was none
};

}  // namespace sotto::engine
