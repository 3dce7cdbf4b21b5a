#include "api/openai/response_store.h"

#include <algorithm>
#include <utility>

namespace sotto::api::openai {

std::size_t ResponseStore::bytes_of(const StoredResponse& response) {
  std::size_t n = dump(response.response).size() + dump(response.input_items).size();
  for (const Message& message : response.messages) {
    n += message.content.size() + message.call_id.size() + message.tool_name.size();
    for (const ToolCall& call : message.calls) n += call.id.size() + call.name.size() + call.arguments.size();
  }
  return n;
}

ResponseStore::Entries::iterator ResponseStore::locate(const std::string& id, const std::string& owner) {
  return std::ranges::find_if(
      entries_, [&](const Entry& entry) { return entry.response->id == id && entry.response->owner == owner; });
}

void ResponseStore::drop(Entries::iterator entry, Entries& dropped) {
  n_bytes_ -= entry->n_bytes;
  dropped.splice(dropped.end(), entries_, entry);
}

void ResponseStore::put(StoredResponse response) {
  const std::size_t n_bytes = bytes_of(response);
  if (n_bytes > limits_.most_bytes || limits_.most == 0) return;
  Entries added, dropped;  // made and destroyed without the lock
  added.push_back({std::make_shared<const StoredResponse>(std::move(response)), n_bytes});
  const std::lock_guard lock(mutex_);
  n_bytes_ += n_bytes;
  entries_.splice(entries_.begin(), added);
  while (entries_.size() > limits_.most || n_bytes_ > limits_.most_bytes) drop(std::prev(entries_.end()), dropped);
}

std::shared_ptr<const StoredResponse> ResponseStore::find(const std::string& id, const std::string& owner) {
  const std::lock_guard lock(mutex_);
  const auto entry = locate(id, owner);
  if (entry == entries_.end()) return nullptr;
  entries_.splice(entries_.begin(), entries_, entry);
  return entry->response;
}

bool ResponseStore::remove(const std::string& id, const std::string& owner) {
  Entries dropped;
  const std::lock_guard lock(mutex_);
  const auto entry = locate(id, owner);
  if (entry == entries_.end()) return false;
  drop(entry, dropped);
  return true;
}

std::size_t ResponseStore::size() const {
  const std::lock_guard lock(mutex_);
  return entries_.size();
}

}  // namespace sotto::api::openai
