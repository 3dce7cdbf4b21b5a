#include "engine/batcher.h"

#include <algorithm>

namespace sotto::engine {
namespace {

constexpr std::size_t kFewTokens = 16;  // no more than a draft: they never wait
constexpr std::size_t kFirstPromptTokens = 64, kMostPromptTokens = 512;
constexpr double kPassSeconds = 0.06;      // what prompts may make of a pass that others wait for
constexpr double kLonePassSeconds = 0.15;  // and of one that nobody waits for yet
constexpr std::size_t kLeastTokens = 64;   // of the latter: fewer would read a large model's weights too often

}  // namespace

Batcher::Member::Member(Batcher& batcher) : batcher_(batcher) {
  const std::scoped_lock lock(batcher_.mutex_);
  batcher_.expected_.reserve(batcher_.n_members_ + 1);  // whoever leads must not run out of memory with it
  ++batcher_.n_members_;
}

Batcher::Member::~Member() {
  const std::scoped_lock lock(batcher_.mutex_);
  --batcher_.n_members_;
  batcher_.forget(*this);
}

// The leader sleeps until the last one is here: each waking costs it more than a member's arrival is worth.
void Batcher::forget(Member& member) {
  if (std::erase(expected_, &member) > 0 && expected_.empty()) arrived_.notify_one();
}

// Logits of its last token at most are wanted: it may be read in pieces.
bool Batcher::Job::is_prompt() const { return part.which != model::LogitsFor::kAll && n_left() > kFewTokens; }

model::Part Batcher::Job::chosen() const {
  const auto tokens = part.tokens.subspan(n_read, n_chosen);
  if (n_chosen == n_left()) return {part.cache, tokens, part.which, part.logits};
  return {part.cache, tokens, model::LogitsFor::kNone, {}};
}

void Batcher::append(const model::Part& part, Member* member) {
  Job job{part, member};
  std::unique_lock lock(mutex_);
  waiting_.push_back(&job);
  if (member != nullptr) forget(*member);
  if (led_) job.changed.wait(lock, [&] { return job.done || job.leads; });
  if (!job.done) lead(lock, job);
  if (job.error) std::rethrow_exception(job.error);
}

std::size_t Batcher::n_waiting() const {
  const std::scoped_lock lock(mutex_);
  return waiting_.size();
}

bool Batcher::crowded() const {
  const std::scoped_lock lock(mutex_);
  return crowded_ || !waiting_.empty();
}

void Batcher::lead(std::unique_lock<std::mutex>& lock, const Job& own) {
  led_ = true;
  while (!own.done) {
    wait_for_members(lock);
    pass(lock);
  }
  led_ = !waiting_.empty();
  if (!led_) return;
  waiting_.front()->leads = true;
  waiting_.front()->changed.notify_one();
}

// Whoever does not come in time is not waited for again until it has come.
void Batcher::wait_for_members(std::unique_lock<std::mutex>& lock) {
  constexpr Clock::duration kMost = std::chrono::milliseconds(5);
  if (expected_.empty()) return;
  arrived_.wait_for(lock, std::min(last_pass_ / 4, kMost), [&] { return expected_.empty(); });
  expected_.clear();
}

// All that is short is read whole; prompts share what keeps a pass short. One that is read alone has more of it, but
// not so much that who comes meanwhile would wait long.
std::size_t Batcher::choose() {
  const auto is_prompt = [](const Job* job) { return job->is_prompt(); };
  const auto n_prompts = static_cast<std::size_t>(std::ranges::count_if(waiting_, is_prompt));
  const bool alone = waiting_.size() == 1;
  const std::size_t share =
      alone ? fitting(kLonePassSeconds, kLeastTokens, kMostPromptTokens)
            : std::max(fitting(kPassSeconds, kFewTokens, kFirstPromptTokens) / std::max(n_prompts, std::size_t{1}),
                       kFewTokens);
  std::size_t n_prompt_tokens = 0;
  parts_.clear();
  for (Job* job : waiting_) {
    job->n_chosen = job->is_prompt() ? std::min(job->n_left(), share) : job->n_left();
    if (job->is_prompt()) n_prompt_tokens += job->n_chosen;
    parts_.push_back(job->chosen());
  }
  return n_prompt_tokens;
}

std::size_t Batcher::fitting(double seconds, std::size_t least, std::size_t untried) const {
  if (prompt_token_seconds_ == 0) return untried;
  return static_cast<std::size_t>(
      std::clamp(seconds / prompt_token_seconds_, static_cast<double>(least), static_cast<double>(kMostPromptTokens)));
}

// What is thrown on the way ends the appends of the pass, and nothing else: their jobs lie on their threads' stacks.
void Batcher::pass(std::unique_lock<std::mutex>& lock) {
  const std::size_t n_jobs = waiting_.size();
  std::size_t n_prompt_tokens = 0;
  std::exception_ptr error;
  crowded_ = n_jobs > 1;
  const auto begun = Clock::now();
  try {
    n_prompt_tokens = choose();
    lock.unlock();
    model_.forward(parts_);
  } catch (...) {
    error = std::current_exception();
  }
  if (!lock.owns_lock()) lock.lock();
  last_pass_ = Clock::now() - begun;
  if (n_prompt_tokens > 0)
    prompt_token_seconds_ = std::chrono::duration<double>(last_pass_).count() / static_cast<double>(n_prompt_tokens);
  for (std::size_t i = n_jobs; i-- > 0;) {  // from the last, for finish() takes it out
    Job& job = *waiting_[i];
    job.n_read += job.n_chosen;
    if (error || job.n_left() == 0) finish(job, error);
  }
}

void Batcher::finish(Job& job, const std::exception_ptr& error) {
  job.done = true;
  job.error = error;
  std::erase(waiting_, &job);
  if (job.member != nullptr && !error) expected_.push_back(job.member);
  job.changed.notify_one();
}

}  // namespace sotto::engine
