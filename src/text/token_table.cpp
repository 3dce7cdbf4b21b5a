#include "text/token_table.h"

#include <bit>
#include <random>

#include "text/hash.h"

namespace sotto::text {
namespace {

// Slots for `n` entries, at most half of them taken: a power of two, never fewer than two.
std::size_t table_size(std::size_t n) { return std::bit_ceil(2 * n + 2); }
unsigned shift_for(std::size_t slots) { return 64 - std::countr_zero(slots); }

}  // namespace

std::uint64_t hash_seed() {
  static const std::uint64_t seed = [] {
    std::random_device device;
    return kHashStart ^ device() ^ static_cast<std::uint64_t>(device()) << 32;
  }();
  return seed;
}

void TokenTable::reset(std::span<const std::string_view> tokens) {
  tokens_ = tokens;
  slots_.assign(table_size(tokens.size()), Slot{});
  shift_ = shift_for(slots_.size());
  seed_ = hash_seed();
}

void TokenTable::add(TokenId id) {
  const std::string_view bytes = tokens_[static_cast<std::size_t>(id)];
  const std::uint64_t hash = hash_bytes(bytes, seed_);
  const auto tag = static_cast<std::uint32_t>(hash);
  std::size_t at = first_slot(hash);
  while (slots_[at].id != kNoToken) {
    if (slots_[at].tag == tag && tokens_[static_cast<std::size_t>(slots_[at].id)] == bytes) return;
    at = (at + 1) & (slots_.size() - 1);
  }
  slots_[at] = {tag, id};
}

TokenId TokenTable::find(std::string_view bytes) const {
  const std::uint64_t hash = hash_bytes(bytes, seed_);
  const auto tag = static_cast<std::uint32_t>(hash);
  std::size_t at = first_slot(hash);
  while (slots_[at].id != kNoToken) {
    if (slots_[at].tag == tag && tokens_[static_cast<std::size_t>(slots_[at].id)] == bytes) {
      return slots_[at].id;
    }
    at = (at + 1) & (slots_.size() - 1);
  }
  return kNoToken;
}

void MergeTable::reset(std::size_t n_merges) {
  slots_.assign(table_size(n_merges), Slot{});
  shift_ = shift_for(slots_.size());
  seed_ = hash_seed();
}

std::size_t MergeTable::find_slot(std::uint64_t pair) const {
  std::size_t at = mix_bits(pair ^ seed_) >> shift_;
  while (slots_[at].pair != pair && slots_[at].pair != kEmpty) at = (at + 1) & (slots_.size() - 1);
  return at;
}

void MergeTable::set(TokenId left, TokenId right, Merge merge) {
  const std::uint64_t pair = key(left, right);
  slots_[find_slot(pair)] = {pair, merge};
}

Merge MergeTable::find(TokenId left, TokenId right) const {
  return slots_[find_slot(key(left, right))].merge;
}

}  // namespace sotto::text
