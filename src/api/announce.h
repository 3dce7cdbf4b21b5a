// Tells other processes which models this one has loaded, so that `sotto ps` and `sotto doctor` know of them.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "api/models.h"

namespace sotto::api {

// A Models::Watcher. Thread-safe; copies share what they announced. That nobody can be told is noted, and no failure.
class Announcer {
 public:
  Announcer(std::string folder, std::function<void(std::string_view)> note);
  void operator()(const LoadedModel& model, bool loaded) const;

 private:
  struct State;
  std::shared_ptr<State> state_;
};

}  // namespace sotto::api
