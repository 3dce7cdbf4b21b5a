#include "engine/session_head.h"

#include <fmt/format.h>
#include <algorithm>
#include <cstring>
#include <string_view>

#include "base/checksum.h"
#include "gguf/cursor.h"

namespace sotto::engine {
namespace {

constexpr std::string_view kMagic = "SOTTOSES";
constexpr std::uint32_t kByteOrder = 1, kForeignByteOrder = 0x01000000;
constexpr std::uint64_t kMaxHeadBytes = 1u << 20;  // many times what the largest model needs

class Encoder {
 public:
  template <class T>
  void number(T value) {
    raw(&value, sizeof value);
  }
  void text(std::string_view text) {
    number(std::uint64_t(text.size()));
    raw(text.data(), text.size());
  }
  void raw(const void* data, std::size_t n_bytes) {
    const auto* first = static_cast<const std::byte*>(data);
    bytes.insert(bytes.end(), first, first + n_bytes);
  }
  void part(const SessionHead::Part& part) {
    number(part.n_bytes);
    number(part.checksum);
  }

  std::vector<std::byte> bytes;
};

bool read(gguf::Cursor& cursor, std::string& text) {
  std::string_view view;
  if (!cursor.read_string(view)) return false;
  text = view;
  return true;
}

bool read(gguf::Cursor& cursor, SessionHead::Part& part) {
  return cursor.read(part.n_bytes) && cursor.read(part.checksum);
}

bool read(gguf::Cursor& cursor, SessionOwner& owner) {
  return read(cursor, owner.model) && cursor.read(owner.fingerprint) && read(cursor, owner.arithmetic) &&
         read(cursor, owner.layout) && cursor.read(owner.ctx_tokens);
}

bool read(gguf::Cursor& cursor, model::KvCache::Fill& fill) {
  return cursor.read(fill.size) && cursor.read(fill.written) && cursor.read(fill.ring_slots) &&
         cursor.read(fill.recurrent.settled) &&
         std::all_of(fill.recurrent.copies.begin(), fill.recurrent.copies.end(),
                     [&](int& copy) { return cursor.read(copy); });
}

bool read(gguf::Cursor& cursor, std::vector<SessionHead::Part>& parts) {
  std::uint64_t n = 0;
  if (!cursor.read(n) || n > cursor.left() / sizeof(SessionHead::Part)) return false;
  parts.resize(n);
  return std::all_of(parts.begin(), parts.end(), [&](SessionHead::Part& part) { return read(cursor, part); });
}

}  // namespace

std::vector<std::byte> encode(const SessionHead& head) {
  Encoder second;
  second.text(head.owner.model);
  second.number(head.owner.fingerprint);
  second.text(head.owner.arithmetic);
  second.text(head.owner.layout);
  second.number(head.owner.ctx_tokens);
  second.number(head.fill.size);
  second.number(head.fill.written);
  second.number(head.fill.ring_slots);
  second.number(head.fill.recurrent.settled);
  for (const int copy : head.fill.recurrent.copies) second.number(copy);
  second.part(head.tokens);
  second.part(head.note);
  second.number(std::uint64_t(head.layers.size()));
  for (const SessionHead::Part& layer : head.layers) second.part(layer);

  Encoder file;
  file.raw(kMagic.data(), kMagic.size());
  file.number(kByteOrder);
  file.number(kSessionVersion);
  file.number(std::uint64_t(second.bytes.size()));
  file.number(base::Checksum::of(second.bytes));
  file.raw(second.bytes.data(), second.bytes.size());
  return std::move(file.bytes);
}

Result<Preamble> decode_preamble(std::span<const std::byte> bytes) {
  gguf::Cursor cursor(bytes);
  std::span<const std::byte> magic;
  if (!cursor.take(kMagic.size(), magic) || std::memcmp(magic.data(), kMagic.data(), kMagic.size()) != 0)
    return Unexpected(ErrorCode::kBadFile,
                      fmt::format("it is no session: it does not begin with \"{}\"; choose another file", kMagic));
  std::uint32_t order = 0, version = 0;
  Preamble preamble;
  if (!cursor.read(order) || !cursor.read(version) || !cursor.read(preamble.n_bytes) || !cursor.read(preamble.checksum))
    return Unexpected(ErrorCode::kBadFile, fmt::format("it ends after {} bytes, within its head", bytes.size()));
  if (order == kForeignByteOrder)
    return Unexpected(ErrorCode::kUnsupported, "it was written by a machine of another byte order");
  if (order != kByteOrder)
    return Unexpected(ErrorCode::kBadFile, fmt::format("its byte order mark is {:#x}; expected {}", order, kByteOrder));
  if (version != kSessionVersion)
    return Unexpected(
        ErrorCode::kUnsupported,
        fmt::format("it has version {} of the format and this program reads version {}", version, kSessionVersion));
  if (preamble.n_bytes > kMaxHeadBytes)
    return Unexpected(ErrorCode::kBadFile, fmt::format("its head is said to have {} bytes; expected at most {}",
                                                       preamble.n_bytes, kMaxHeadBytes));
  return preamble;
}

Result<SessionHead> decode_head(std::span<const std::byte> bytes) {
  gguf::Cursor cursor(bytes);
  SessionHead head;
  const bool whole = read(cursor, head.owner) && read(cursor, head.fill) && read(cursor, head.tokens) &&
                     read(cursor, head.note) && read(cursor, head.layers);
  if (!whole || cursor.left() > 0)
    return Unexpected(ErrorCode::kBadFile, fmt::format("its head of {} bytes does not end with its last field, but {}",
                                                       bytes.size(), whole ? "before" : "within one"));
  return head;
}

}  // namespace sotto::engine
