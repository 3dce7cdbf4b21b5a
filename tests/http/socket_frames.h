// Frames as a client sends them, right or wrong, written down from RFC 6455, 5.2.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace sotto::http::test {

inline constexpr int kText = 1, kBinary = 2, kClose = 8, kPing = 9, kPong = 10;

// `first`: the opcode, with 0x80 for the last frame of a message.
inline std::string client_frame(int first, std::string_view payload, std::string_view mask = "\x37\xfa\x21\x3d") {
  std::string frame(1, static_cast<char>(first));
  const std::size_t size = payload.size();
  if (size < 126) {
    frame += static_cast<char>(0x80 | size);
  } else if (size < 65536) {
    frame += "\xfe";
    frame += static_cast<char>(size / 256);
    frame += static_cast<char>(size % 256);
  } else {
    frame += "\xff";
    for (int shift = 56; shift >= 0; shift -= 8) frame += static_cast<char>(static_cast<std::uint64_t>(size) >> shift);
  }
  frame += mask;
  for (std::size_t i = 0; i < size; ++i) frame += static_cast<char>(payload[i] ^ mask[i % 4]);
  return frame;
}

// Whole messages and control frames.
inline std::string client_text(std::string_view text) { return client_frame(0x80 | kText, text); }
inline std::string client_binary(std::string_view bytes) { return client_frame(0x80 | kBinary, bytes); }
inline std::string client_ping(std::string_view payload) { return client_frame(0x80 | kPing, payload); }
inline std::string client_close(int code, std::string_view reason = "") {
  const std::string number = {static_cast<char>(code / 256), static_cast<char>(code % 256)};
  return client_frame(0x80 | kClose, number + std::string(reason));
}

// A frame of a server with less than 126 bytes.
inline std::string server_frame(int opcode, std::string_view payload) {
  std::string frame = {static_cast<char>(0x80 | opcode), static_cast<char>(payload.size())};
  return frame += payload;
}

// The begin of a server's close frame with that code, whatever its reason.
inline bool is_server_close(std::string_view bytes, int code) {
  return bytes.size() >= 4 && bytes[0] == '\x88' && static_cast<std::uint8_t>(bytes[1]) + 2u == bytes.size() &&
         static_cast<std::uint8_t>(bytes[2]) == code / 256 && static_cast<std::uint8_t>(bytes[3]) == code % 256;
}

}  // namespace sotto::http::test
