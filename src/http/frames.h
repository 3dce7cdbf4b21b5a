// Frames of WebSocket (RFC 6455, section 5): those of a client from bytes as they arrive, held to the strict form, and
// those that a server sends. No extensions. Knows no socket. Not thread-safe.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "http/utf8_check.h"

namespace sotto::http {

enum class Opcode : std::uint8_t { kContinuation = 0, kText = 1, kBinary = 2, kClose = 8, kPing = 9, kPong = 10 };

// Why a socket ends (RFC 6455, 7.4.1, and IANA's registry).
enum class CloseCode : std::uint16_t {
  kNone = 0,  // never sent: the client gave none
  kNormal = 1000,
  kGoingAway = 1001,    // the server stops
  kProtocol = 1002,     // a frame that is not allowed
  kUnsupported = 1003,  // a kind of message that is not taken
  kBadData = 1007,      // text that is no UTF-8
  kPolicy = 1008,       // too slow, or too far ahead
  kTooBig = 1009,
  kInternal = 1011,
  kTryAgain = 1013,  // no room now
};

// What comes out of a client's bytes.
struct SocketItem {
  enum class Kind {
    kNone,  // more bytes are needed
    kText,  // a whole message; `data` is valid UTF-8
    kBinary,
    kPing,   // `data` is to be sent back
    kPong,   // nothing is to be done
    kClose,  // `code` and, in `data`, the reason, which is valid UTF-8
    kFault,  // the client broke a rule: `code` and, in `data`, which
  };
  Kind kind = Kind::kNone;
  std::string data = {};
  CloseCode code = CloseCode::kNone;
};

class FrameReader {
 public:
  explicit FrameReader(std::size_t max_message_bytes) : max_message_bytes_(max_message_bytes) {}

  // Takes bytes from the front of `bytes`, up to the end of the next item; kNone when all were taken. After kClose and
  // kFault the reader is of no further use.
  SocketItem next(std::string_view& bytes);

  bool in_message() const { return in_message_; }                   // one has begun and is not whole
  std::size_t held_bytes() const { return message_.size(); }        // of that message
  std::uint64_t begun_messages() const { return begun_messages_; }  // ever

 private:
  std::optional<SocketItem> read_head(std::string_view& bytes);
  std::optional<SocketItem> check_first_byte();
  std::optional<SocketItem> check_second_byte();
  std::optional<SocketItem> begin_payload();
  std::size_t head_size() const;
  std::uint64_t payload_size() const;
  bool take_payload(std::string_view bytes);
  SocketItem end_frame();
  SocketItem end_close();

  bool is_final() const { return (head_[0] & 0x80) != 0; }
  Opcode opcode() const { return static_cast<Opcode>(head_[0] & 0x0f); }
  bool is_control() const { return (head_[0] & 0x08) != 0; }

  const std::size_t max_message_bytes_;
  std::array<std::uint8_t, 14> head_{};  // of the frame: two bytes, the length, the mask
  std::size_t n_head_ = 0;               // bytes of it that have come
  bool in_payload_ = false;
  std::uint64_t payload_left_ = 0;
  std::size_t mask_at_ = 0;  // where in the mask the next byte stands
  bool in_message_ = false, is_text_ = false;
  std::uint64_t begun_messages_ = 0;
  std::string message_, control_;
  Utf8Check utf8_;
};

// A frame of the server: whole and not masked.
std::string format_frame(Opcode opcode, std::string_view payload);

// `reason`: valid UTF-8, cut between characters to what fits. kNone: without a code.
std::string format_close(CloseCode code, std::string_view reason);

}  // namespace sotto::http
