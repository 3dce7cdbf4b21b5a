#include "api/gap_files.h"

#include <algorithm>

namespace sotto::api {
namespace {

constexpr std::size_t kMarkTokens = 4;    // of a file: the one before it, and ends of lines that are added
constexpr std::size_t kFrameTokens = 16;  // around the gap and before all files

}  // namespace

Result<std::size_t> drop_files_that_do_not_fit(const Engine& engine, int ctx_tokens, Request& request) {
  std::vector<Gap::File>& files = request.gap->files;
  const auto ctx = static_cast<std::size_t>(ctx_tokens);
  const std::size_t wanted = request.max_tokens < 0 ? ctx : static_cast<std::size_t>(request.max_tokens);
  std::size_t taken = kFrameTokens + std::min(wanted, ctx / 4);
  for (const std::string* text : {&request.prompt, &request.gap->suffix, &request.gap->begun}) {
    const auto tokens = engine.tokenize(*text, false);
    if (!tokens) return Unexpected(tokens.error());
    taken += tokens->size();
  }
  std::size_t n_dropped = files.size();
  while (n_dropped > 0) {
    const Gap::File& file = files[n_dropped - 1];
    const auto tokens = engine.tokenize(file.name + "\n" + file.text, false);
    if (!tokens) return Unexpected(tokens.error());
    taken += tokens->size() + kMarkTokens;
    if (taken > ctx) break;
    --n_dropped;
  }
  files.erase(files.begin(), files.begin() + static_cast<std::ptrdiff_t>(n_dropped));
  return n_dropped;
}

}  // namespace sotto::api
