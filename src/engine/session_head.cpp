#include "engine/session_head.h"

#include <fmt/format.h>
#include <algorithm>
#include <cstring>
#include <string_view>

#include "base/checksum.h"
#include "gguf/byte_writer.h"
#include "gguf/cursor.h"

namespace sotto::engine {
namespace {

constexpr std::string_view kMagic = "SOTTOSES";
constexpr std::uint32_t kByteOrder = 1, kForeignByteOrder = 0x01000000;
constexpr std::uint64_t kMaxHeadBytes = 1u << 20;  // many times what the largest model needs

void put(gguf::ByteWriter& writer, const SessionHead::Part& part) {
  writer.put(part.n_bytes);
  writer.put(part.checksum);
}

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
  gguf::ByteWriter second;
  second.put_text(head.owner.model);
  second.put(head.owner.fingerprint);
  second.put_text(head.owner.arithmetic);
  second.put_text(head.owner.layout);
  second.put(head.owner.ctx_tokens);
  second.put(head.fill.size);
  second.put(head.fill.written);
  second.put(head.fill.ring_slots);
  second.put(head.fill.recurrent.settled);
  for (const int copy : head.fill.recurrent.copies) second.put(copy);
  put(second, head.tokens);
  put(second, head.note);
  second.put(std::uint64_t(head.layers.size()));
  for (const SessionHead::Part& layer : head.layers) put(second, layer);

  gguf::ByteWriter file;
  file.put_raw(kMagic.data(), kMagic.size());
  file.put(kByteOrder);
  file.put(kSessionVersion);
  file.put(std::uint64_t(second.bytes().size()));
  file.put(base::Checksum::of(second.bytes()));
  file.put_raw(second.bytes().data(), second.bytes().size());
  return file.take();
}

Result<Preamble> decode_preamble(std::span<const std::byte> bytes) {
  gguf::Cursor cursor(bytes);
  std::span<const std::byte> magic;
  if (!cursor.take(kMagic.size(), magic) || std::memcmp(magic.data(), kMagic.data(), kMagic.size()) != 0)
    return Unexpected(
        ErrorCode::kBadFile,
        fmt::format("it is not a session file: it does not begin with \"{}\"; choose another file", kMagic));
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
