// Whether bytes that arrive in parts are UTF-8 (RFC 3629): no overlong forms, no surrogates, nothing above U+10FFFF.
// Says so at the first byte that is wrong. Not thread-safe.
#pragma once

#include <cstdint>
#include <string_view>

namespace sotto::http {

class Utf8Check {
 public:
  // False: these bytes cannot follow what came before. Of no further use then.
  bool feed(std::string_view bytes) {
    for (const char byte : bytes) {
      if (!step(static_cast<std::uint8_t>(byte))) return false;
    }
    return true;
  }

  bool is_whole() const { return n_missing_ == 0; }  // no character is begun

 private:
  // The first byte of a character says how many follow, and for some in which range the second one must be (RFC 3629,
  // 4).
  bool begin(std::uint8_t byte) {
    low_ = byte == 0xe0 ? 0xa0 : byte == 0xf0 ? 0x90 : 0x80;
    high_ = byte == 0xed ? 0x9f : byte == 0xf4 ? 0x8f : 0xbf;
    n_missing_ = byte < 0x80 ? 0 : byte < 0xe0 ? 1 : byte < 0xf0 ? 2 : 3;
    return byte < 0x80 || (byte >= 0xc2 && byte <= 0xf4);
  }
  bool step(std::uint8_t byte) {
    if (n_missing_ == 0) return begin(byte);
    const bool fits = byte >= low_ && byte <= high_;
    low_ = 0x80;
    high_ = 0xbf;
    --n_missing_;
    return fits;
  }

  std::uint8_t n_missing_ = 0, low_ = 0x80, high_ = 0xbf;
};

}  // namespace sotto::http
