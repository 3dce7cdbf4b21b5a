#include "api/truncate.h"

namespace sotto::api {
namespace {

// At most `bytes`, and no half character at the end.
std::string beginning(const std::string& text, std::size_t bytes) {
  while (bytes > 0 && bytes < text.size() && (static_cast<unsigned char>(text[bytes]) & 0xC0) == 0x80) --bytes;
  return text.substr(0, bytes);
}

}  // namespace

Result<FittedText> fit_text(const Engine& engine, std::string& text, bool may_cut) {
  const auto room = static_cast<std::size_t>(engine.info().ctx_tokens);
  auto tokens = engine.tokenize(text, true);
  if (!tokens) return forward_error(tokens);
  FittedText fitted{tokens->size(), false};
  if (fitted.n_tokens <= room || !may_cut) return fitted;
  // More bytes seldom make fewer tokens: what is found fits in any case, and is about the longest that does.
  std::size_t fits = 0, too_long = text.size();
  while (too_long - fits > 1) {
    const std::size_t middle = fits + (too_long - fits) / 2;
    tokens = engine.tokenize(beginning(text, middle), true);
    if (!tokens) return forward_error(tokens);
    if (tokens->size() <= room) {
      fits = middle;
      fitted.n_tokens = tokens->size();
    } else {
      too_long = middle;
    }
  }
  text = beginning(text, fits);
  fitted.cut = true;
  return fitted;
}

}  // namespace sotto::api
