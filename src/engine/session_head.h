// The head of a session file: what the file is, whom it belongs to and where its parts stand. The bytes are hostile:
// every length is checked before it is used. Knows nothing of how files are read and written.
//
//   bytes   what (numbers in the byte order of the machine that wrote them)
//   8       "SOTTOSES"
//   4       1, as u32: shows the byte order
//   4       version, u32
//   8       the length of the head's second half, below, u64
//   8       its checksum, u64
//   ...     the second half: SessionHead's fields in their order; a text is a u64 length and its bytes, a number is
//           i32, a checksum or length u64, the layers begin with their number as u64
//
// The parts follow without gaps: the tokens as i32, the note, and each layer's keys and values as
// model::KvCache::held lists them.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "model/kv_cache.h"
#include "sotto/result.h"

namespace sotto::engine {

inline constexpr std::uint32_t kSessionVersion = 2;
inline constexpr std::uint64_t kMaxNoteBytes = 64u << 20;

// What a session's state belongs to: with another of these its bytes have no meaning.
struct SessionOwner {
  std::string model;              // its name, for people
  std::uint64_t fingerprint = 0;  // of the model's file
  std::string arithmetic;         // model::Model::arithmetic
  std::string layout;             // model::KvCache::layout
  int ctx_tokens = 0;
};

struct SessionHead {
  struct Part {
    std::uint64_t n_bytes = 0;
    std::uint64_t checksum = 0;
  };

  SessionOwner owner;
  model::KvCache::Fill fill;
  Part tokens, note;
  std::vector<Part> layers;
};

// The first half, whose length is fixed.
struct Preamble {
  static constexpr std::size_t kBytes = 32;
  std::uint64_t n_bytes = 0;  // of the second half
  std::uint64_t checksum = 0;
};

// Both halves.
std::vector<std::byte> encode(const SessionHead& head);

// `bytes`: the first Preamble::kBytes of a file, or all that it has. Errors are the bare reason: kBadFile, kUnsupported
// (another version or byte order).
Result<Preamble> decode_preamble(std::span<const std::byte> bytes);

// `bytes`: the second half, whose checksum was found right. Errors are the bare reason: kBadFile.
Result<SessionHead> decode_head(std::span<const std::byte> bytes);

}  // namespace sotto::engine
