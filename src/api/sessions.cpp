#include "api/sessions.h"

#include <fmt/format.h>

#include <algorithm>

namespace sotto::api {
namespace {

constexpr auto kLookForGone = std::chrono::milliseconds(100);

std::size_t common_bytes(std::string_view a, std::string_view b) {
  return static_cast<std::size_t>(std::ranges::mismatch(a, b).in1 - a.begin());
}

}  // namespace

Sessions::Lease::~Lease() {
  if (owner_ == nullptr) return;
  const std::lock_guard lock(owner_->mutex_);
  slot_->taken = false;
  slot_->used = std::chrono::steady_clock::now();
  owner_->returned_.notify_all();
}

std::size_t Sessions::n_taken() const {
  return static_cast<std::size_t>(std::ranges::count_if(slots_, [](const Slot& slot) { return slot.taken; }));
}

std::size_t Sessions::n_sessions() const {
  const std::lock_guard lock(mutex_);
  return slots_.size();
}

std::vector<SessionState> Sessions::states() const {
  const std::lock_guard lock(mutex_);
  std::vector<SessionState> states;
  for (const Slot& slot : slots_) states.push_back({slot.ctx_tokens, slot.taken});
  return states;
}

std::size_t Sessions::n_waiting() const {
  const std::lock_guard lock(mutex_);
  return line_.size();
}

std::uint64_t Sessions::bytes() const {
  const ModelInfo& info = engine_.info();
  const std::lock_guard lock(mutex_);
  std::uint64_t tokens = 0;
  for (const Slot& slot : slots_) tokens += static_cast<std::uint64_t>(slot.ctx_tokens);
  return info.ctx_tokens > 0 ? info.kv_bytes * tokens / static_cast<std::uint64_t>(info.ctx_tokens) : 0;
}

Result<void> Sessions::wait_for_turn(std::unique_lock<std::mutex>& lock, const std::atomic<bool>* gone) {
  if (line_.empty() && n_taken() < limits_.most) return {};
  if (line_.size() >= limits_.most_waiting) {
    return Unexpected(
        ErrorCode::kBudget,
        fmt::format("the server is busy: {} requests run and {} wait; try again later", limits_.most, line_.size()));
  }
  const void* ticket = &lock;
  line_.push_back(ticket);
  bool left = false;
  while (!(line_.front() == ticket && n_taken() < limits_.most) && !left) {
    returned_.wait_for(lock, kLookForGone);
    left = gone != nullptr && *gone;
  }
  std::erase(line_, ticket);
  returned_.notify_all();
  if (left) return Unexpected(ErrorCode::kCancelled, "the client has gone while its request waited");
  return {};
}

// The one that has read most of `text`, if little is lost by it: what is shared is half of what it has read, or, where
// one of them has to give way anyhow, half of the text.
Sessions::Slot* Sessions::find(std::string_view text, int ctx_tokens) {
  Slot* best = nullptr;
  std::size_t most = 0;
  const bool full = slots_.size() >= limits_.most;
  for (Slot& slot : slots_) {
    if (slot.taken || slot.ctx_tokens != ctx_tokens) continue;
    const std::size_t common = common_bytes(slot.text, text);
    const std::size_t worth = full ? std::min(slot.text.size(), text.size()) : slot.text.size();
    if (2 * common < worth || (best != nullptr && common <= most)) continue;
    best = &slot;
    most = common;
  }
  return best;
}

void Sessions::drop_oldest(std::list<Slot>& dropped) {
  auto oldest = slots_.end();
  for (auto slot = slots_.begin(); slot != slots_.end(); ++slot) {
    if (!slot->taken && (oldest == slots_.end() || slot->used < oldest->used)) oldest = slot;
  }
  if (oldest != slots_.end()) dropped.splice(dropped.end(), slots_, oldest);
}

Result<Sessions::Lease> Sessions::make(int ctx_tokens, std::unique_lock<std::mutex>& lock) {
  const auto place = slots_.emplace(slots_.end());
  place->ctx_tokens = ctx_tokens;
  lock.unlock();
  auto session = engine_.new_session(ctx_tokens == engine_.info().ctx_tokens ? 0 : ctx_tokens);
  lock.lock();
  if (!session) {
    slots_.erase(place);
    returned_.notify_all();
    return forward_error(session);
  }
  place->session = std::move(*session);
  return Lease(this, &*place);
}

Result<Sessions::Lease> Sessions::take(std::string_view text, int ctx_tokens, const std::atomic<bool>* gone) {
  if (ctx_tokens == 0) ctx_tokens = engine_.info().ctx_tokens;
  std::list<Slot> dropped;  // destroyed when the lock is free again
  std::unique_lock lock(mutex_);
  if (auto turn = wait_for_turn(lock, gone); !turn) return forward_error(turn);
  if (Slot* slot = find(text, ctx_tokens)) {
    slot->taken = true;
    return Lease(this, slot);
  }
  if (slots_.size() >= limits_.most) drop_oldest(dropped);
  auto made = make(ctx_tokens, lock);
  lock.unlock();
  return made;
}

}  // namespace sotto::api
