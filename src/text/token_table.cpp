#include "text/token_table.h"

#include <bit>
#include <random>

namespace sotto::text {
namespace {

// Slots for `n` entries, at most two thirds of them taken: a power of two, never fewer than two.
std::size_t table_size(std::size_t n) { return std::bit_ceil(n + n / 2 + 2); }
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

std::size_t TokenTable::locate(std::string_view bytes, std::uint64_t hash) const {
  const Slot wanted = slot_for(bytes, hash, kNoToken);
  std::size_t at = hash >> shift_;
  for (;; at = (at + 1) & (slots_.size() - 1)) {
    const Slot& slot = slots_[at];
    if (slot.id == kNoToken) return at;
    if (slot.tag != wanted.tag || slot.head != wanted.head) continue;
    if (bytes.size() <= 8 || tokens_[static_cast<std::size_t>(slot.id)] == bytes) return at;
  }
}

void TokenTable::insert(TokenId id, std::uint64_t hash) {
  const std::string_view bytes = tokens_[static_cast<std::size_t>(id)];
  Slot& slot = slots_[locate(bytes, hash)];
  if (slot.id == kNoToken) slot = slot_for(bytes, hash, id);
}

TokenId TokenTable::find(std::string_view bytes, std::uint64_t hash) const { return slots_[locate(bytes, hash)].id; }

std::size_t MergeTable::first_slot(const Merge& merge) const {
  const auto pair = static_cast<std::uint64_t>(static_cast<std::uint32_t>(merge.left)) << 32 |
                    static_cast<std::uint32_t>(merge.right);
  return mix_bits(pair ^ seed_) >> shift_;
}

void MergeTable::build(std::vector<Merge> merges) {
  merges_ = std::move(merges);
  slots_.assign(table_size(merges_.size()), kNone);
  shift_ = shift_for(slots_.size());
  seed_ = hash_seed();
  constexpr std::size_t kAhead = 16;
  for (std::size_t rank = 0; rank < merges_.size(); ++rank) {
    if (rank + kAhead < merges_.size()) __builtin_prefetch(&slots_[first_slot(merges_[rank + kAhead])]);
    const Merge& merge = merges_[rank];
    if (merge.id == kNoToken) continue;
    std::size_t at = first_slot(merge);
    while (slots_[at] != kNone) {
      const Merge& other = merges_[slots_[at]];
      if (other.left == merge.left && other.right == merge.right) break;
      at = (at + 1) & (slots_.size() - 1);
    }
    slots_[at] = static_cast<std::uint32_t>(rank);
  }
}

std::uint32_t MergeTable::find(TokenId left, TokenId right) const {
  std::size_t at = first_slot({left, right, kNoToken});
  while (slots_[at] != kNone) {
    const Merge& merge = merges_[slots_[at]];
    if (merge.left == left && merge.right == right) return slots_[at];
    at = (at + 1) & (slots_.size() - 1);
  }
  return kNone;
}

}  // namespace sotto::text
