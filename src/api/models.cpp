#include "api/models.h"

#include <fmt/format.h>

#include <algorithm>

#include "catalog/files.h"

namespace sotto::api {
namespace {

using Steady = std::chrono::steady_clock;

constexpr auto kLook = std::chrono::milliseconds(100);

Steady::time_point after(KeepAlive keep_alive) {
  return keep_alive == kForever ? Steady::time_point::max() : Steady::now() + keep_alive;
}

bool is_set(const std::atomic<bool>* flag) { return flag != nullptr && *flag; }

}  // namespace

struct Models::Use::Item {
  std::string key, name, path;
  std::uint64_t file_bytes = 0;
  std::unique_ptr<Engine> engine;  // null: it is being opened, or could not be
  std::optional<Sessions> sessions;
  std::optional<Error> error;  // why it could not be opened
  KeepAlive keep_alive = kDefaultKeepAlive;
  std::size_t n_users = 0;
  Steady::time_point used, expires;

  bool idle() const { return engine != nullptr && n_users == 0; }
  std::uint64_t bytes() const { return file_bytes + (sessions ? sessions->bytes() : 0); }
};

Models::Use::~Use() {
  if (item_) owner_->release(*item_);
}
Engine& Models::Use::engine() const { return *item_->engine; }
Sessions& Models::Use::sessions() const { return *item_->sessions; }

Models::Models(ModelLimits limits, KeepAlive keep_alive, Opener open, Watcher watch)
    : limits_(limits), keep_alive_(keep_alive), open_(std::move(open)), watch_(std::move(watch)) {
  expiring_ = std::thread([this] { expire(); });
}

Models::~Models() {
  {
    const std::lock_guard lock(mutex_);
    ending_ = true;
    cancel_ = true;
    changed_.notify_all();
  }
  expiring_.join();
  close(std::move(items_));
}

std::shared_ptr<Models::Item> Models::find(const std::string& key) const {
  const auto found = std::ranges::find(items_, key, [](const auto& item) { return item->key; });
  return found == items_.end() ? nullptr : *found;
}

bool Models::has_room(std::uint64_t bytes) const {
  if (items_.empty()) return true;
  std::uint64_t total = bytes;
  for (const auto& item : items_) total += item->bytes();
  return items_.size() < limits_.most && (limits_.memory_bytes == 0 || total <= limits_.memory_bytes);
}

std::shared_ptr<Models::Item> Models::take_oldest_idle() {
  auto oldest = items_.end();
  for (auto item = items_.begin(); item != items_.end(); ++item) {
    if ((*item)->idle() && (oldest == items_.end() || (*item)->used < (*oldest)->used)) oldest = item;
  }
  if (oldest == items_.end()) return nullptr;
  auto taken = std::move(*oldest);
  items_.erase(oldest);
  return taken;
}

Result<void> Models::make_room(Lock& lock, std::uint64_t bytes, const std::atomic<bool>* gone) {
  const auto deadline = Steady::now() + limits_.patience;
  while (!has_room(bytes)) {
    if (auto idle = take_oldest_idle()) {
      lock.unlock();
      close({std::move(idle)});
      lock.lock();
      continue;
    }
    if (is_set(gone)) return Unexpected(ErrorCode::kCancelled, "the client has gone while its model waited");
    if (Steady::now() > deadline) {
      return Unexpected(ErrorCode::kBudget,
                        fmt::format("there is no room for another model: {} are in use, and the limits are {} models "
                                    "and {} MiB; try again later",
                                    items_.size(), limits_.most, limits_.memory_bytes >> 20));
    }
    changed_.wait_for(lock, kLook);
  }
  return {};
}

Result<std::shared_ptr<Models::Item>> Models::load(Lock& lock, const Recipe& recipe, const std::string& key,
                                                   const std::atomic<bool>* gone) {
  const std::int64_t file_bytes = catalog::file_size(recipe.engine.model_path);
  const auto bytes = static_cast<std::uint64_t>(std::max<std::int64_t>(0, file_bytes));
  if (auto room = make_room(lock, bytes, gone); !room) return forward_error(room);
  // While room was made another request may have opened it.
  if (auto there = find(key)) return wait_for(lock, there, gone);
  auto item = std::make_shared<Item>();
  item->key = key;
  item->name = recipe.name;
  item->path = recipe.engine.model_path;
  item->file_bytes = bytes;
  item->keep_alive = keep_alive_;
  items_.push_back(item);
  EngineOptions options = recipe.engine;
  options.cancel = &cancel_;  // not `gone`: others may wait for the same model by now
  lock.unlock();
  auto engine = open_(options);
  lock.lock();
  if (engine) {
    item->engine = std::move(*engine);
    item->sessions.emplace(*item->engine, limits_.sessions);
    ++item->n_users;
  } else {
    item->error = engine.error();
    std::erase(items_, item);
  }
  changed_.notify_all();
  if (!engine) return forward_error(engine);
  return item;
}

Result<std::shared_ptr<Models::Item>> Models::wait_for(Lock& lock, std::shared_ptr<Item> item,
                                                       const std::atomic<bool>* gone) {
  ++item->n_users;  // who waits for it keeps it as well
  while (item->engine == nullptr && !item->error && !is_set(gone)) changed_.wait_for(lock, kLook);
  if (item->error) return Unexpected(*item->error);
  if (item->engine != nullptr) return item;
  --item->n_users;
  return Unexpected(ErrorCode::kCancelled, "the client has gone while its model was loaded");
}

Result<Models::Use> Models::use(const Recipe& recipe, std::optional<KeepAlive> keep_alive,
                                const std::atomic<bool>* gone) {
  const auto started = Steady::now();
  const std::string key = recipe.engine_key();
  Lock lock(mutex_);
  const auto there = find(key);
  const bool open = there != nullptr && there->engine != nullptr;
  auto item = there ? wait_for(lock, there, gone) : load(lock, recipe, key, gone);
  if (!item) return forward_error(item);
  if (keep_alive) (*item)->keep_alive = *keep_alive;
  const LoadedModel loaded = describe(**item);
  lock.unlock();
  Use use(this, std::move(*item));
  if (!open) use.load_ms_ = std::chrono::duration<double, std::milli>(Steady::now() - started).count();
  if (!there && watch_) watch_(loaded, true);
  return use;
}

void Models::release(Item& item) {
  const std::lock_guard lock(mutex_);
  --item.n_users;
  item.used = Steady::now();
  item.expires = after(item.keep_alive);
  changed_.notify_all();
}

bool Models::unload(const Recipe& recipe) {
  const std::lock_guard lock(mutex_);
  const auto item = find(recipe.engine_key());
  if (!item) return false;
  item->keep_alive = KeepAlive(0);
  item->expires = Steady::now();
  changed_.notify_all();
  return true;
}

void Models::close(Items items) {
  for (auto& item : items) {
    const LoadedModel closed = describe(*item);
    item->sessions.reset();
    item->engine.reset();
    if (watch_) watch_(closed, false);
  }
}

void Models::expire() {
  Lock lock(mutex_);
  while (!ending_) {
    Items expired;
    auto next = Steady::time_point::max();
    for (const auto& item : items_) {
      if (!item->idle()) continue;
      if (item->expires <= Steady::now()) expired.push_back(item);
      else next = std::min(next, item->expires);
    }
    for (const auto& item : expired) std::erase(items_, item);
    if (!expired.empty()) {
      lock.unlock();
      close(std::move(expired));
      lock.lock();
      changed_.notify_all();
    } else if (next == Steady::time_point::max()) {
      changed_.wait(lock);
    } else {
      changed_.wait_until(lock, next);
    }
  }
}

LoadedModel Models::describe(const Item& item) {
  LoadedModel model{item.name, item.path, item.bytes()};
  if (item.engine) {
    model.ctx_tokens = item.engine->info().ctx_tokens;
    model.encoder = item.engine->info().embedding_dim > 0;
  }
  if (item.sessions) {
    model.sessions = item.sessions->states();
    model.n_waiting = item.sessions->n_waiting();
  }
  model.n_users = item.n_users;
  const auto expires = item.n_users > 0 ? after(item.keep_alive) : item.expires;
  model.expires = expires == Steady::time_point::max()
                      ? std::chrono::system_clock::time_point::max()
                      : std::chrono::system_clock::now() +
                            std::chrono::duration_cast<std::chrono::system_clock::duration>(expires - Steady::now());
  return model;
}

std::vector<LoadedModel> Models::list() const {
  const std::lock_guard lock(mutex_);
  std::vector<LoadedModel> models;
  for (const auto& item : items_) {
    if (item->engine) models.push_back(describe(*item));
  }
  return models;
}

}  // namespace sotto::api
