#include "api/announce.h"

#include <fmt/format.h>

#include <map>
#include <mutex>

#include "catalog/running.h"

namespace sotto::api {

struct Announcer::State {
  std::string folder;
  std::function<void(std::string_view)> note;
  std::mutex mutex;
  std::multimap<std::string, catalog::Announcement> announced;  // by name and path
};

Announcer::Announcer(std::string folder, std::function<void(std::string_view)> note)
    : state_(std::make_shared<State>()) {
  state_->folder = std::move(folder);
  state_->note = std::move(note);
}

void Announcer::operator()(const LoadedModel& model, bool loaded) const {
  const std::lock_guard lock(state_->mutex);
  if (state_->note) state_->note(fmt::format("{} {}", loaded ? "loaded" : "unloaded", model.name));
  const std::string key = model.name + "\n" + model.path;
  if (!loaded) {
    if (const auto found = state_->announced.find(key); found != state_->announced.end())
      state_->announced.erase(found);
    return;
  }
  catalog::RunningModel running;
  running.name = model.name;
  running.path = model.path;
  running.memory_bytes = model.bytes;
  running.ctx_tokens = model.ctx_tokens;
  auto announcement = catalog::Announcement::publish(state_->folder, running);
  if (announcement) state_->announced.emplace(key, std::move(*announcement));
  else if (state_->note) state_->note(announcement.error().message);
}

}  // namespace sotto::api
