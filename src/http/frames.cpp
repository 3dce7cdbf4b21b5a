#include "http/frames.h"

#include <algorithm>
#include <utility>

#include "http/target.h"

namespace sotto::http {
namespace {

constexpr std::size_t kMaxControlBytes = 125;
constexpr std::uint8_t kFinal = 0x80, kReserved = 0x70, kMasked = 0x80, kLength = 0x7f;
constexpr std::uint8_t kTwoBytes = 126, kEightBytes = 127;  // in place of a length: it follows
constexpr std::size_t kMaskBytes = 4;                       // at the end of a client's head

SocketItem fault(CloseCode code, std::string_view rule) { return {SocketItem::Kind::kFault, std::string(rule), code}; }

SocketItem broken(std::string_view rule) { return fault(CloseCode::kProtocol, rule); }

// Those that may be sent; others mean that there was none, or are not given out.
bool is_close_code(unsigned code) {
  return (code >= 1000 && code <= 1003) || (code >= 1007 && code <= 1014) || (code >= 3000 && code <= 4999);
}

}  // namespace

SocketItem FrameReader::next(std::string_view& bytes) {
  for (;;) {
    if (!in_payload_) {
      if (auto wrong = read_head(bytes)) return std::move(*wrong);
      if (!in_payload_) return {};
    }
    const auto count = static_cast<std::size_t>(std::min<std::uint64_t>(payload_left_, bytes.size()));
    if (!take_payload(bytes.substr(0, count))) return fault(CloseCode::kBadData, "a text that is not valid UTF-8");
    bytes.remove_prefix(count);
    if (payload_left_ > 0) return {};
    in_payload_ = false;
    SocketItem item = end_frame();
    if (item.kind != SocketItem::Kind::kNone) return item;
  }
}

// What is wrong with its first two bytes is told at once: a client may send no more.
std::optional<SocketItem> FrameReader::read_head(std::string_view& bytes) {
  while (!bytes.empty()) {
    head_[n_head_++] = static_cast<std::uint8_t>(bytes.front());
    bytes.remove_prefix(1);
    std::optional<SocketItem> wrong;
    if (n_head_ == 1) wrong = check_first_byte();
    if (n_head_ == 2) wrong = check_second_byte();
    if (wrong) return wrong;
    if (n_head_ >= 2 && n_head_ == head_size()) return begin_payload();
  }
  return std::nullopt;
}

std::optional<SocketItem> FrameReader::check_first_byte() {
  if ((head_[0] & kReserved) != 0) return broken("reserved bits of a frame are set");
  switch (opcode()) {
    case Opcode::kContinuation:
      if (!in_message_) return broken("a frame continues a message, and none has begun");
      return std::nullopt;
    case Opcode::kText:
    case Opcode::kBinary:
      if (in_message_) return broken("a message begins within another");
      return std::nullopt;
    case Opcode::kClose:
    case Opcode::kPing:
    case Opcode::kPong:
      if (!is_final()) return broken("a control frame comes in fragments");
      return std::nullopt;
  }
  return broken("a frame of an unknown kind");
}

std::optional<SocketItem> FrameReader::check_second_byte() {
  if ((head_[1] & kMasked) == 0) return broken("a frame of a client is not masked");
  if (is_control() && (head_[1] & kLength) > kMaxControlBytes) return broken("a control frame of more than 125 bytes");
  return std::nullopt;
}

std::size_t FrameReader::head_size() const {
  const std::uint8_t length = head_[1] & kLength;
  return 2 + (length == kTwoBytes ? 2u : length == kEightBytes ? 8u : 0u) + kMaskBytes;
}

std::uint64_t FrameReader::payload_size() const {
  const std::uint8_t length = head_[1] & kLength;
  if (length < kTwoBytes) return length;
  std::uint64_t size = 0;
  for (std::size_t i = 2; i < head_size() - kMaskBytes; ++i) size = size << 8 | head_[i];
  return size;
}

std::optional<SocketItem> FrameReader::begin_payload() {
  const std::uint64_t size = payload_size();
  const std::uint8_t form = head_[1] & kLength;
  if ((form == kTwoBytes && size < kTwoBytes) || (form == kEightBytes && size < 0x10000))
    return broken("a length of a frame that is not in its shortest form");
  if (size >> 63 != 0) return broken("a length of a frame with its highest bit set");
  if (!is_control()) {
    if (size > max_message_bytes_ - message_.size())
      return fault(CloseCode::kTooBig, "a message of more than " + std::to_string(max_message_bytes_) + " bytes");
    if (!in_message_) {
      in_message_ = true;
      is_text_ = opcode() == Opcode::kText;
      utf8_ = {};
      ++begun_messages_;
    }
  }
  payload_left_ = size;
  mask_at_ = head_size() - kMaskBytes;
  in_payload_ = true;
  n_head_ = 0;
  return std::nullopt;
}

// False: not UTF-8.
bool FrameReader::take_payload(std::string_view bytes) {
  std::string& target = is_control() ? control_ : message_;
  const std::size_t begin = target.size(), mask_begin = head_size() - kMaskBytes, mask_end = head_size();
  target += bytes;
  for (std::size_t i = begin; i < target.size(); ++i) {
    target[i] = static_cast<char>(static_cast<std::uint8_t>(target[i]) ^ head_[mask_at_]);
    if (++mask_at_ == mask_end) mask_at_ = mask_begin;
  }
  payload_left_ -= bytes.size();
  return is_control() || !is_text_ || utf8_.feed(std::string_view(target).substr(begin));
}

SocketItem FrameReader::end_frame() {
  using enum SocketItem::Kind;
  if (opcode() == Opcode::kClose) return end_close();
  if (is_control()) return {opcode() == Opcode::kPing ? kPing : kPong, std::exchange(control_, {})};
  if (!is_final()) return {};
  in_message_ = false;
  if (is_text_ && !utf8_.is_whole()) return fault(CloseCode::kBadData, "a text that ends within a character");
  return {is_text_ ? kText : kBinary, std::exchange(message_, {})};
}

SocketItem FrameReader::end_close() {
  const std::string payload = std::exchange(control_, {});
  if (payload.empty()) return {SocketItem::Kind::kClose};
  if (payload.size() == 1) return broken("a close frame with half a code");
  const unsigned code = static_cast<std::uint8_t>(payload[0]) << 8u | static_cast<std::uint8_t>(payload[1]);
  if (!is_close_code(code)) return broken("a close frame with a code that must not be sent");
  std::string reason = payload.substr(2);
  if (!is_utf8(reason)) return fault(CloseCode::kBadData, "a close frame whose reason is not valid UTF-8");
  return {SocketItem::Kind::kClose, std::move(reason), static_cast<CloseCode>(code)};
}

std::string format_frame(Opcode opcode, std::string_view payload) {
  const std::uint64_t size = payload.size();
  const int n_bytes = size < kTwoBytes ? 0 : size < 0x10000 ? 2 : 8;
  std::string frame;
  frame.reserve(payload.size() + 10);
  frame += static_cast<char>(kFinal | static_cast<std::uint8_t>(opcode));
  frame += static_cast<char>(n_bytes == 0 ? size : n_bytes == 2 ? kTwoBytes : kEightBytes);
  for (int i = n_bytes - 1; i >= 0; --i) frame += static_cast<char>(size >> (8 * i));
  frame += payload;
  return frame;
}

std::string format_close(CloseCode code, std::string_view reason) {
  if (code == CloseCode::kNone) return format_frame(Opcode::kClose, "");
  std::size_t size = std::min(reason.size(), kMaxControlBytes - 2);
  // Back to where a character begins.
  while (size < reason.size() && size > 0 && (static_cast<std::uint8_t>(reason[size]) & 0xc0) == 0x80) --size;
  const auto number = static_cast<std::uint16_t>(code);
  std::string payload = {static_cast<char>(number >> 8), static_cast<char>(number & 0xff)};
  payload += reason.substr(0, size);
  return format_frame(Opcode::kClose, payload);
}

}  // namespace sotto::http
