// What sessions have read, from one run of the server to the next: files in a folder. Knows nothing of APIs.
#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "api/sessions.h"

namespace sotto::api {

// Thread-safe. Files hold their texts in readable form, and only their owner can read them.
class SessionKeeper {
 public:
  using Note = std::function<void(std::string_view)>;

  // folder: made when it is needed; empty: nothing is kept. note: a line for what could not be kept or taken up, which
  // is no failure; may be empty.
  explicit SessionKeeper(std::string folder = {}, Note note = {})
      : folder_(std::move(folder)), note_(std::move(note)) {}

  // Keeps what the free sessions of an engine have read, in place of what was kept of it before. engine_key:
  // Recipe::engine_key().
  void keep(const std::string& engine_key, Sessions& sessions) const;

  // Takes up what keep() left, the latest first, as much as there is room for.
  void take_up(const std::string& engine_key, Engine& engine, Sessions& sessions) const;

 private:
  std::string folder_of(const std::string& engine_key) const;
  void tell(const Error& error) const;

  std::string folder_;
  Note note_;
};

}  // namespace sotto::api
