// A fast seeded hash of short byte strings, for the flat tables of this folder.
#pragma once

#include <cstdint>
#include <cstring>
#include <string_view>

namespace sotto::text {

// Odd constants with well mixed bits (the fraction of the golden ratio, and of pi).
inline constexpr std::uint64_t kHashMultiplier = 0x9E3779B97F4A7C15ull;
inline constexpr std::uint64_t kHashStart = 0x243F6A8885A308D3ull;

inline std::uint64_t mix_bits(std::uint64_t value) {
  value *= kHashMultiplier;
  value ^= value >> 32;
  value *= kHashMultiplier;
  return value ^ value >> 29;
}

// A seed that a hostile file cannot know, so that it cannot make all its keys collide. Chosen once
// a process.
std::uint64_t hash_seed();

// Up to eight bytes as a number; strings of one length have one number only when they are equal.
inline std::uint64_t load_short(const char* p, std::size_t n) {
  std::uint64_t word = 0;
  if (n == 8) {
    std::memcpy(&word, p, 8);
  } else if (n >= 4) {
    std::uint32_t low, high;
    std::memcpy(&low, p, 4);
    std::memcpy(&high, p + n - 4, 4);
    word = low | static_cast<std::uint64_t>(high) << 32;
  } else if (n > 0) {
    const auto at = [&](std::size_t i) { return static_cast<std::uint64_t>(static_cast<unsigned char>(p[i])); };
    word = at(0) | at(n / 2) << 8 | at(n - 1) << 16;
  }
  return word;
}

inline std::uint64_t hash_bytes(std::string_view bytes, std::uint64_t seed) {
  std::uint64_t hash = seed ^ bytes.size() * kHashMultiplier;
  const char* p = bytes.data();
  std::size_t left = bytes.size();
  for (; left > 8; left -= 8, p += 8) hash = mix_bits(hash ^ load_short(p, 8));
  return mix_bits(hash ^ load_short(p, left));
}

}  // namespace sotto::text
