// The engines that are loaded now: opened when a request needs them, kept for a while after their last use, and closed
// in the order of that use where memory or their number runs out. Knows nothing of APIs.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "api/duration.h"
#include "api/recipe.h"
#include "api/sessions.h"

namespace sotto::api {

struct ModelLimits {
  std::size_t most = 3;            // engines at the same time
  std::uint64_t memory_bytes = 0;  // of all together; 0: no bound. One that is larger still runs, alone
  std::chrono::milliseconds patience = std::chrono::seconds(60);  // how long a request waits for others to end
  SessionLimits sessions;
};

// What of an engine may be told.
struct LoadedModel {
  std::string name;
  std::string path;
  std::uint64_t bytes = 0;  // weights, and the keys and values of its sessions
  int ctx_tokens = 0;
  bool encoder = false;
  std::size_t n_users = 0;  // requests that use it now
  std::vector<SessionState> sessions;
  std::size_t n_waiting = 0;                      // requests that wait for a session
  std::chrono::system_clock::time_point expires;  // max(): when it is unloaded by hand
};

// Thread-safe.
class Models {
 public:
  using Opener = std::function<Result<std::unique_ptr<Engine>>(const EngineOptions&)>;
  using Watcher = std::function<void(const LoadedModel&, bool loaded)>;  // otherwise unloaded

  // open: Engine::open, or what a test puts in its place. watch: called on any thread, without a lock; may be empty.
  Models(ModelLimits limits, KeepAlive keep_alive, Opener open, Watcher watch = {});
  ~Models();  // waits for what loads; nobody may use an engine any more

  // An engine in use: it stays loaded as long as this lives.
  class Use {
   public:
    Use(Use&&) noexcept = default;
    Use& operator=(Use&&) = delete;
    ~Use();
    Engine& engine() const;
    Sessions& sessions() const;
    double load_ms() const { return load_ms_; }  // that this request waited for it

   private:
    friend class Models;
    struct Item;
    Use(Models* owner, std::shared_ptr<Item> item) : owner_(owner), item_(std::move(item)) {}
    Models* owner_;
    std::shared_ptr<Item> item_;  // null: moved from
    double load_ms_ = 0;
  };

  // Opens what is not open yet, off the lock: requests for other models go on meanwhile. keep_alive: from the end of
  // this use on; nothing: as it was, at first the pool's. gone: ends the waiting; may be null.
  // Errors: those of Engine::open; kBudget (all engines are in use for too long), kCancelled.
  Result<Use> use(const Recipe& recipe, std::optional<KeepAlive> keep_alive, const std::atomic<bool>* gone);

  // Closes it as soon as nobody uses it. False: it is not loaded.
  bool unload(const Recipe& recipe);

  // From now on opening ends with kCancelled, soon: the process is about to end.
  void stop_opening() { cancel_ = true; }

  std::vector<LoadedModel> list() const;  // without those that are still being opened

 private:
  using Item = Use::Item;
  using Items = std::vector<std::shared_ptr<Item>>;
  using Lock = std::unique_lock<std::mutex>;

  std::shared_ptr<Item> find(const std::string& key) const;
  Result<void> make_room(Lock& lock, std::uint64_t bytes, const std::atomic<bool>* gone);
  Result<std::shared_ptr<Item>> load(Lock& lock, const Recipe& recipe, const std::string& key,
                                     const std::atomic<bool>* gone);
  Result<std::shared_ptr<Item>> wait_for(Lock& lock, std::shared_ptr<Item> item, const std::atomic<bool>* gone);
  bool has_room(std::uint64_t bytes) const;
  std::shared_ptr<Item> take_oldest_idle();
  void release(Item& item);
  void close(Items items);
  void expire();
  static LoadedModel describe(const Item& item);

  const ModelLimits limits_;
  const KeepAlive keep_alive_;
  const Opener open_;
  const Watcher watch_;
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  Items items_;
  bool ending_ = false;
  std::atomic<bool> cancel_{false};
  std::thread expiring_;
};

}  // namespace sotto::api
