#include "engine/stop_matcher.h"

#include <fmt/format.h>
#include <deque>

namespace sotto::engine {
namespace {

// A node takes a kilobyte: these bound what a request can make us hold.
constexpr std::size_t kMaxStops = 64;
constexpr std::size_t kMaxStopBytes = 1024;
constexpr std::size_t kMaxTotalBytes = 16384;

std::size_t byte_at(std::string_view text, std::size_t i) { return static_cast<unsigned char>(text[i]); }

}  // namespace

Result<StopMatcher> StopMatcher::create(std::span<const std::string> stops) {
  if (stops.size() > kMaxStops)
    return Unexpected(ErrorCode::kBadRequest,
                      fmt::format("stop has {} strings; at most {} are allowed", stops.size(), kMaxStops));
  std::size_t total = 0;
  StopMatcher matcher;
  for (std::size_t i = 0; i < stops.size(); ++i) {
    if (stops[i].empty())
      return Unexpected(ErrorCode::kBadRequest,
                        fmt::format("stop[{}] is empty, and would end every answer at once; leave it out", i));
    total += stops[i].size();
    if (stops[i].size() > kMaxStopBytes || total > kMaxTotalBytes)
      return Unexpected(ErrorCode::kBadRequest,
                        fmt::format("stop[{}] has {} bytes; a stop string may have {}, all together {}", i,
                                    stops[i].size(), kMaxStopBytes, kMaxTotalBytes));
    matcher.add(stops[i]);
  }
  matcher.build();
  return matcher;
}

std::int32_t StopMatcher::add_node(std::int32_t depth) {
  Node node;
  node.next.fill(-1);
  node.depth = depth;
  nodes_.push_back(node);
  return static_cast<std::int32_t>(nodes_.size()) - 1;
}

void StopMatcher::add(std::string_view stop) {
  std::size_t at = 0;
  for (std::size_t i = 0; i < stop.size(); ++i) {
    std::int32_t next = nodes_[at].next[byte_at(stop, i)];
    if (next < 0) {
      next = add_node(static_cast<std::int32_t>(i) + 1);
      nodes_[at].next[byte_at(stop, i)] = next;
    }
    at = static_cast<std::size_t>(next);
  }
  nodes_[at].match_bytes = static_cast<std::int32_t>(stop.size());
}

// Breadth first: a node's fallback is the longest proper suffix of its text that is a node too;
// missing steps are those of the fallback.
void StopMatcher::build() {
  std::vector<std::int32_t> fallback(nodes_.size(), 0);
  std::deque<std::int32_t> queue{0};
  while (!queue.empty()) {
    const std::int32_t at = queue.front();
    queue.pop_front();
    Node& node = nodes_[static_cast<std::size_t>(at)];
    const Node& fallback_node = nodes_[static_cast<std::size_t>(fallback[static_cast<std::size_t>(at)])];
    if (node.match_bytes == 0) node.match_bytes = fallback_node.match_bytes;
    for (std::size_t byte = 0; byte < 256; ++byte) {
      const std::int32_t otherwise = at == 0 ? 0 : fallback_node.next[byte];
      if (node.next[byte] < 0) {
        node.next[byte] = otherwise;
        continue;
      }
      fallback[static_cast<std::size_t>(node.next[byte])] = otherwise;
      queue.push_back(node.next[byte]);
    }
  }
}

std::string StopMatcher::push(std::string_view text) {
  if (stopped_) return {};
  for (std::size_t i = 0; i < text.size(); ++i) {
    state_ = nodes_[static_cast<std::size_t>(state_)].next[byte_at(text, i)];
    const auto match = static_cast<std::size_t>(nodes_[static_cast<std::size_t>(state_)].match_bytes);
    if (match == 0) continue;
    stopped_ = true;
    std::string shown = std::move(held_);
    shown.append(text.substr(0, i + 1));
    matched_ = shown.substr(shown.size() - match);
    shown.resize(shown.size() - match);
    held_.clear();
    return shown;
  }
  held_.append(text);
  const auto keep = static_cast<std::size_t>(nodes_[static_cast<std::size_t>(state_)].depth);
  std::string shown = held_.substr(0, held_.size() - keep);
  held_.erase(0, held_.size() - keep);
  return shown;
}

std::string StopMatcher::finish() {
  if (stopped_) return {};
  state_ = 0;
  return std::exchange(held_, {});
}

}  // namespace sotto::engine
