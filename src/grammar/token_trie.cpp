#include "grammar/token_trie.h"

#include <algorithm>
#include <utility>

namespace sotto::grammar {

TokenTrie::TokenTrie(std::vector<std::string> bytes, std::vector<text::TokenId> ends)
    : bytes_(std::move(bytes)), ends_(std::move(ends)) {
  for (std::size_t token = 0; token < bytes_.size(); ++token)
    if (!bytes_[token].empty() && bytes_[token].size() <= kMostBytes)
      sorted_.push_back(static_cast<text::TokenId>(token));
  std::stable_sort(sorted_.begin(), sorted_.end(),
                   [&](text::TokenId a, text::TokenId b) { return bytes_of(a) < bytes_of(b); });
  std::vector<std::uint32_t> path;  // the nodes of the last token's bytes
  std::string_view last;
  for (std::size_t i = 0; i < sorted_.size(); ++i) {
    const std::string_view now = bytes_of(sorted_[i]);
    const auto shared = static_cast<std::size_t>(std::ranges::mismatch(last, now).in2 - now.begin());
    add_path(now, shared, path);
    Node& node = nodes_[path.back()];
    if (node.first_token == node.last_token) node.first_token = static_cast<std::uint32_t>(i);
    node.last_token = static_cast<std::uint32_t>(i) + 1;
    last = now;
  }
  add_path({}, 0, path);
}

// Ends the subtrees beyond the `shared` bytes, and begins new ones.
void TokenTrie::add_path(std::string_view bytes, std::size_t shared, std::vector<std::uint32_t>& path) {
  const auto end = static_cast<std::uint32_t>(nodes_.size());
  for (std::size_t i = shared; i < path.size(); ++i) nodes_[path[i]].end = end;
  path.resize(shared);
  for (std::size_t i = shared; i < bytes.size(); ++i) {
    const std::uint32_t parent = path.empty() ? kNoParent : path.back();
    path.push_back(static_cast<std::uint32_t>(nodes_.size()));
    nodes_.push_back({.end = 0,
                      .parent = parent,
                      .first_token = 0,
                      .last_token = 0,
                      .depth = static_cast<std::uint16_t>(i + 1),
                      .byte = static_cast<std::uint8_t>(bytes[i])});
  }
  most_depth_ = std::max(most_depth_, static_cast<int>(bytes.size()));
}

std::shared_ptr<const TokenTrie> TokenTrie::of(const text::Tokenizer& tokenizer) {
  std::vector<std::string> bytes;
  std::vector<text::TokenId> ends;
  bytes.reserve(static_cast<std::size_t>(tokenizer.size()));
  for (text::TokenId token = 0; token < tokenizer.size(); ++token) {
    const bool end = tokenizer.ends_generation(token);
    if (end) ends.push_back(token);
    bytes.push_back(end || tokenizer.is_control(token) ? std::string() : tokenizer.decode(token));
  }
  return std::make_shared<const TokenTrie>(std::move(bytes), std::move(ends));
}

std::string_view TokenTrie::bytes_of(text::TokenId token) const {
  if (token < 0 || token >= n_tokens()) return {};
  return bytes_[static_cast<std::size_t>(token)];
}

bool TokenTrie::ends(text::TokenId token) const { return std::find(ends_.begin(), ends_.end(), token) != ends_.end(); }

}  // namespace sotto::grammar
