#include "engine/drafter.h"

#include <algorithm>
#include <bit>
#include <utility>

namespace sotto::engine {
namespace {

constexpr int kMostPlaces = 32;    // looked at for one token
constexpr int kResumeWithin = 16;  // tokens; an edit is seldom longer

std::uint32_t hash(Token first, Token second) {
  const std::uint64_t both =
      std::uint64_t(static_cast<std::uint32_t>(first)) << 32 | static_cast<std::uint32_t>(second);
  return static_cast<std::uint32_t>(both * 0x9E3779B97F4A7C15u >> 32);  // Fibonacci hashing (Knuth, volume 3, 6.4)
}

}  // namespace

Drafter::Drafter(std::span<const Token> prompt, std::size_t most_tokens)
    : latest_(std::bit_ceil(std::max<std::size_t>(most_tokens, 64)), -1), n_lost_(kResumeWithin) {
  text_.reserve(most_tokens);
  previous_.reserve(most_tokens);
  for (const Token token : prompt) append(token);
}

void Drafter::append(Token token) {
  const auto position = static_cast<std::int32_t>(text_.size());
  std::int32_t before = -1;
  if (!text_.empty()) before = std::exchange(latest_[hash(text_.back(), token) & (latest_.size() - 1)], position);
  previous_.push_back(before);
  text_.push_back(token);
}

void Drafter::push(Token token) {
  const Place guessed = place_;
  const bool right = guessed.matched > 0 && text_[guessed.next] == token;
  if (guessed.matched > 0 && !right) {
    lost_at_ = guessed.next;
    n_lost_ = 0;
  }
  append(token);
  place_ = longest_match(right ? place_before(guessed.next + 1) : Place{});
  if (place_.matched == 0 && ++n_lost_ <= kResumeWithin) place_ = resumed();
}

int Drafter::guess(std::span<Token> guesses) const {
  if (place_.matched == 0) return 0;
  // A text that repeats itself soon reaches its own end, and goes on with the guesses.
  const std::size_t period = text_.size() - place_.next;
  for (std::size_t i = 0; i < guesses.size(); ++i)
    guesses[i] = i < period ? text_[place_.next + i] : guesses[i - period];
  return place_.matched;
}

Drafter::Place Drafter::place_before(std::size_t next) const {
  int matched = 0;
  const auto most = static_cast<int>(std::min<std::size_t>(next, kMostMatched));
  while (matched < most && text_[next - 1 - matched] == text_[text_.size() - 1 - matched]) ++matched;
  return {next, matched};
}

// `best`, or the newest place that has more in common with the end of the text.
Drafter::Place Drafter::longest_match(Place best) const {
  std::int32_t position = previous_.back();
  for (int i = 0; i < kMostPlaces && position >= 0; ++i, position = previous_[position]) {
    const Place place = place_before(static_cast<std::size_t>(position) + 1);
    // Two other tokens can have the same hash: then one in common, or none.
    if (place.matched > std::max(best.matched, 1)) best = place;
  }
  return best;
}

// An edit replaces, inserts or drops some tokens and then copies on: the last token is looked for near where the copy
// was left.
Drafter::Place Drafter::resumed() const {
  const std::size_t end = std::min(lost_at_ + kResumeWithin, text_.size() - 1);
  for (std::size_t position = lost_at_; position < end; ++position)
    if (text_[position] == text_.back()) return place_before(position + 1);
  return {};
}

}  // namespace sotto::engine
