// The list of merges that a vocabulary brings, as a table of ids.
#include <fmt/format.h>

#include "text/segmented_tokenizer.h"

namespace sotto::text {
namespace {

Unexpected bad_merge(std::size_t index, std::string_view merge, std::string_view why) {
  return Unexpected(ErrorCode::kBadFile,
                    fmt::format("tokenizer.ggml.merges[{}] is '{}': {}. The file is damaged or was converted "
                                "wrongly; fetch or convert it again.",
                                index, merge, why));
}

// One line of the merges, on its way to ids.
struct Line {
  std::string_view left, right;
  std::uint64_t left_hash, right_hash;
};

}  // namespace

Result<void> SegmentedTokenizer::index_merges(const TokenTable& by_spelling, MergeTable& table) const {
  const auto& lines = vocab().merges;
  std::vector<Merge> merges;
  merges.reserve(lines.size());
  constexpr std::size_t kAhead = 16;
  Line ahead[kAhead];
  TokenId guess = 0;  // merged tokens mostly stand in the order of their merges
  std::string joined;
  for (std::size_t i = 0; i < lines.size() + kAhead; ++i) {
    if (i >= kAhead && i - kAhead < lines.size()) {
      const Line& line = ahead[i % kAhead];
      const TokenId left = by_spelling.find(line.left, line.left_hash);
      const TokenId right = by_spelling.find(line.right, line.right_hash);
      joined.assign(line.left).append(line.right);
      if (!in_range(guess) || raw(guess) != joined) guess = by_spelling.find(joined);
      if (left == kNoToken || right == kNoToken || guess == kNoToken) {
        const std::string_view missing = left == kNoToken ? line.left : right == kNoToken ? line.right : joined;
        return bad_merge(i - kAhead, lines[i - kAhead],
                         fmt::format("'{}' is no token of tokenizer.ggml.tokens", missing));
      }
      // A control token never comes out of text.
      merges.push_back({left, right, spellable(guess) ? guess : kNoToken});
      ++guess;
    }
    if (i >= lines.size()) continue;
    const std::size_t gap = lines[i].find(' ', 1);
    if (gap == std::string_view::npos || gap + 1 == lines[i].size()) {
      return bad_merge(i, lines[i], "expected two tokens with a space between them");
    }
    const std::string_view left = lines[i].substr(0, gap), right = lines[i].substr(gap + 1);
    ahead[i % kAhead] = {left, right, by_spelling.prepare(left), by_spelling.prepare(right)};
  }
  table.build(std::move(merges));
  return {};
}

}  // namespace sotto::text
