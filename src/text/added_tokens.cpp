#include "text/added_tokens.h"

#include <algorithm>

#include "text/unicode.h"
#include "text/utf8.h"

namespace sotto::text {
namespace {

std::size_t leading_space(std::string_view text) {
  std::size_t at = 0;
  while (at < text.size()) {
    const CodePoint c = decode_utf8(text.substr(at));
    if (!Glyph(c.value).is(Glyph::kSpace)) break;
    at += c.length;
  }
  return at;
}

}  // namespace

const AddedTokens::Node* AddedTokens::child(const Node& node, unsigned char byte) const {
  for (const Edge& edge : node.edges) {
    if (edge.byte == byte) return &nodes_[edge.node];
  }
  return nullptr;
}

void AddedTokens::add(std::string_view spelling, const AddedToken& token) {
  if (spelling.empty() || spelling.size() > kLongest) return;
  if (find_invalid_utf8(spelling) != spelling.size()) return;
  starts_[static_cast<unsigned char>(spelling[0])] = true;
  std::size_t at = 0;
  for (const char c : spelling) {
    const auto byte = static_cast<unsigned char>(c);
    if (const Node* next = child(nodes_[at], byte)) {
      at = static_cast<std::size_t>(next - nodes_.data());
      continue;
    }
    nodes_[at].edges.push_back({byte, static_cast<std::uint32_t>(nodes_.size())});
    at = nodes_.size();
    nodes_.emplace_back();
  }
  TokenId& place = token.control ? nodes_[at].control : nodes_[at].user_defined;
  if (place != kNoToken) return;
  place = token.id;
  if (token.eats_space) eaters_.insert(std::ranges::lower_bound(eaters_, token.id), token.id);
}

AddedMatch AddedTokens::longest_at(std::string_view text, std::size_t at, std::size_t trusted_end) const {
  AddedMatch best{{at, at}, kNoToken};
  const Node* node = &nodes_[0];
  for (std::size_t i = at; i < text.size(); ++i) {
    node = child(*node, static_cast<unsigned char>(text[i]));
    if (node == nullptr) break;
    const std::size_t end = i + 1;
    if (node->control != kNoToken && end <= trusted_end) best = {{at, end}, node->control};
    else if (node->user_defined != kNoToken) best = {{at, end}, node->user_defined};
  }
  return best;
}

std::vector<AddedMatch> AddedTokens::find(std::string_view text, std::span<const Range> trusted) const {
  std::vector<AddedMatch> matches;
  std::size_t range = 0;
  for (std::size_t at = 0; at < text.size();) {
    if (!starts_[static_cast<unsigned char>(text[at])]) {
      ++at;
      continue;
    }
    while (range < trusted.size() && trusted[range].end <= at) ++range;
    const bool inside = range < trusted.size() && trusted[range].begin <= at;
    AddedMatch match = longest_at(text, at, inside ? trusted[range].end : 0);
    if (match.id == kNoToken) {
      ++at;
      continue;
    }
    if (std::ranges::binary_search(eaters_, match.id)) match.where.end += leading_space(text.substr(match.where.end));
    matches.push_back(match);
    at = match.where.end;
  }
  return matches;
}

}  // namespace sotto::text
