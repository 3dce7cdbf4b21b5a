// The sessions of one engine: few, kept between requests, so that the next message of a conversation reads only what is
// new. Who comes when all are taken waits in a bounded line. Knows nothing of APIs.
#pragma once

#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <functional>
#include <list>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "api/caller.h"
#include "sotto/engine.h"

namespace sotto::api {

struct SessionLimits {
  std::size_t most = 4;           // at the same time; more would only wait for each other
  std::size_t most_waiting = 32;  // beside them, and one more of each name
};

// What may be told of a session.
struct SessionState {
  int ctx_tokens = 0;
  bool busy = false;
};

// Thread-safe. Must not outlive the engine.
class Sessions {
 public:
  Sessions(Engine& engine, SessionLimits limits) : engine_(engine), limits_(limits) {}

  // A session in use; gives it back when destroyed.
  class Lease {
   public:
    Lease(Lease&& other) noexcept : owner_(other.owner_), slot_(other.slot_) { other.owner_ = nullptr; }
    Lease& operator=(Lease&&) = delete;
    ~Lease();

    Session& session() const { return *slot_->session; }
    // What the session has read and written, in the form that take() compares.
    void remember(std::string text) { slot_->text = std::move(text); }

   private:
    friend class Sessions;
    struct Slot {
      std::unique_ptr<Session> session;
      int ctx_tokens = 0;
      std::string text;
      std::chrono::steady_clock::time_point used{};
      bool taken = true;
      std::string caller = {};  // who took it
    };
    Lease(Sessions* owner, Slot* slot) : owner_(owner), slot_(slot) {}
    Sessions* owner_;
    Slot* slot_;
  };

  // A free session whose text begins as `text` does, for a good part, or a new one of `ctx_tokens` (0: the engine's own
  // size) in the place of the one that was unused for longest where there are too many. Waits for its turn, which
  // comes first to callers whose name has the fewest sessions in use, then in the order of coming. Errors: kBudget (too
  // many wait, and one of that name too; or memory), kCancelled (gone), those of Engine::new_session().
  Result<Lease> take(std::string_view text, int ctx_tokens, const Caller& caller);

  // For those who keep sessions (session_keeper.h): calls `visit` with each that is free and has read something; it
  // must not call back. And adds a free one that has read `text`.
  using Visitor = std::function<void(Session&, int ctx_tokens, const std::string& text)>;
  void visit_free(const Visitor& visit);
  void add(std::unique_ptr<Session> session, int ctx_tokens, std::string text);
  bool full() const;  // a new one would take the place of another

  std::size_t n_sessions() const;
  std::vector<SessionState> states() const;
  std::size_t n_waiting() const;  // requests that wait for a session
  std::uint64_t bytes() const;    // of the keys and values of all sessions, about

 private:
  using Slot = Lease::Slot;

  Result<void> wait_for_turn(std::unique_lock<std::mutex>& lock, const Caller& caller);
  const Caller* next_in_line() const;
  Slot* find(std::string_view text, int ctx_tokens);
  void drop_oldest(std::list<Slot>& dropped);
  Result<Lease> make(int ctx_tokens, const std::string& caller, std::unique_lock<std::mutex>& lock);
  std::size_t n_taken() const;

  Engine& engine_;
  SessionLimits limits_;
  mutable std::mutex mutex_;
  std::condition_variable returned_;
  std::list<Slot> slots_;
  std::vector<const Caller*> line_;  // who waits, in the order of coming
};

}  // namespace sotto::api
