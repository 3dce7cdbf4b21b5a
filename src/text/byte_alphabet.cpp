#include "text/byte_alphabet.h"

#include <array>

#include "text/utf8.h"

namespace sotto::text {
namespace {

constexpr bool stands_for_itself(unsigned byte) {
  return (byte >= 0x21 && byte <= 0x7E) || (byte >= 0xA1 && byte <= 0xAC) || byte >= 0xAE;
}

// The other bytes are written as U+0100 and up, in their order.
constexpr std::array<char32_t, 256> make_letters() {
  std::array<char32_t, 256> letters{};
  char32_t next = 0x100;
  for (unsigned byte = 0; byte < 256; ++byte) letters[byte] = stands_for_itself(byte) ? byte : next++;
  return letters;
}

constexpr std::array<char32_t, 256> kLetters = make_letters();
constexpr char32_t kLastLetter = 0x143;

constexpr std::array<short, kLastLetter + 1> make_bytes() {
  std::array<short, kLastLetter + 1> bytes{};
  for (short& byte : bytes) byte = -1;
  for (short byte = 0; byte < 256; ++byte) bytes[kLetters[static_cast<unsigned>(byte)]] = byte;
  return bytes;
}

constexpr std::array<short, kLastLetter + 1> kBytes = make_bytes();

}  // namespace

char32_t letter_of_byte(unsigned char byte) { return kLetters[byte]; }

std::optional<unsigned char> byte_of_letter(char32_t letter) {
  if (letter > kLastLetter || kBytes[letter] < 0) return std::nullopt;
  return static_cast<unsigned char>(kBytes[letter]);
}

std::string spell_bytes(std::string_view bytes) {
  std::string spelling;
  for (const char c : bytes) append_utf8(spelling, letter_of_byte(static_cast<unsigned char>(c)));
  return spelling;
}

std::string bytes_of_spelling(std::string_view spelling) {
  std::string bytes;
  for (std::size_t at = 0; at < spelling.size();) {
    if (spelling[at] > 0x20 && spelling[at] < 0x7F) {
      bytes += spelling[at++];
      continue;
    }
    const CodePoint c = decode_utf8(spelling.substr(at));
    const auto byte = byte_of_letter(c.value);
    if (!c.valid || !byte) return std::string(spelling);
    bytes += static_cast<char>(*byte);
    at += c.length;
  }
  return bytes;
}

}  // namespace sotto::text
