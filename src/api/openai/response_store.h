// Responses that a client may come back to: in memory, bounded, the one unused for longest goes first; gone when the
// server ends. Knows nothing of models or HTTP.
#pragma once

#include <cstddef>
#include <list>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "api/json.h"
#include "sotto/engine.h"

namespace sotto::api::openai {

struct StoredResponse {
  std::string id;
  std::string owner;              // the name of the token that it was made with; empty: none
  Json response;                  // as it was answered
  Json input_items;               // of its request, oldest first, each with an "id"
  std::vector<Message> messages;  // the whole conversation up to its answer, without instructions
};

struct ResponseLimits {
  std::size_t most = 1024;
  std::size_t most_bytes = 64u << 20;  // of all together, as text
};

// Thread-safe. Another owner's response is as one that is not there.
class ResponseStore {
 public:
  explicit ResponseStore(ResponseLimits limits = {}) : limits_(limits) {}

  // Whether so much text fits at all; put() drops what does not.
  bool fits(const StoredResponse& response) const { return bytes_of(response) <= limits_.most_bytes; }
  void put(StoredResponse response);
  std::shared_ptr<const StoredResponse> find(const std::string& id, const std::string& owner);  // null: not there
  bool remove(const std::string& id, const std::string& owner);

  std::size_t size() const;

 private:
  struct Entry {
    std::shared_ptr<const StoredResponse> response;
    std::size_t n_bytes = 0;
  };
  using Entries = std::list<Entry>;

  static std::size_t bytes_of(const StoredResponse& response);
  Entries::iterator locate(const std::string& id, const std::string& owner);
  void drop(Entries::iterator entry, Entries& dropped);

  const ResponseLimits limits_;
  mutable std::mutex mutex_;
  Entries entries_;  // the one used last in front
  std::size_t n_bytes_ = 0;
};

}  // namespace sotto::api::openai
