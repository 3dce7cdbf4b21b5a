// Any bytes as what a client sends over a WebSocket: whatever the steps in which they arrive, the reader finds the same
// as a second one, which has all of them before it and follows RFC 6455 section by section.
#include <cstdint>
#include <cstdlib>
#include <string>
#include <vector>

#include "http/frames.h"
#include "text/utf8.h"

namespace {

using namespace sotto::http;
using Kind = SocketItem::Kind;

constexpr std::size_t kMost = 300;

void require(bool condition) {
  if (!condition) std::abort();
}

// By another reader of UTF-8 than that of the frames.
bool is_utf8(std::string_view text) { return sotto::text::find_invalid_utf8(text) == text.size(); }

std::vector<SocketItem> read(std::string_view bytes, std::size_t step) {
  FrameReader reader(kMost);
  std::vector<SocketItem> items;
  for (std::size_t at = 0; at < bytes.size(); at += step) {
    std::string_view part = bytes.substr(at, step);
    for (;;) {
      items.push_back(reader.next(part));
      require(reader.held_bytes() <= kMost);
      const Kind kind = items.back().kind;
      if (kind == Kind::kNone) items.pop_back();
      if (kind == Kind::kClose || kind == Kind::kFault) return items;
      if (kind == Kind::kNone) break;
    }
    require(part.empty());
  }
  return items;
}

// One frame from the front of `bytes` by 5.2; false: there is not all of it.
struct Plain {
  bool fin = false, masked = false, shortest = true;
  int reserved = 0, opcode = 0;
  std::uint64_t size = 0;
  std::string payload;
  std::size_t end = 0;
};

bool split(std::string_view bytes, Plain& frame) {
  const auto at = [&](std::size_t i) { return static_cast<std::uint8_t>(bytes[i]); };
  if (bytes.size() < 2) return false;
  frame.fin = at(0) >= 128;
  frame.reserved = at(0) / 16 % 8;
  frame.opcode = at(0) % 16;
  frame.masked = at(1) >= 128;
  frame.size = at(1) % 128;
  std::size_t head = 2;
  if (frame.size >= 126) {
    const std::size_t n = frame.size == 126 ? 2 : 8;
    if (bytes.size() < head + n) return false;
    frame.size = 0;
    for (std::size_t i = 0; i < n; ++i) frame.size = frame.size * 256 + at(head + i);
    frame.shortest = frame.size >= (n == 2 ? 126 : 65536);
    head += n;
  }
  if (bytes.size() < head + 4 || frame.size > bytes.size() - head - 4) return false;
  for (std::size_t i = 0; i < frame.size; ++i) frame.payload += static_cast<char>(at(head + 4 + i) ^ at(head + i % 4));
  frame.end = head + 4 + frame.size;
  return true;
}

bool may_be_sent(int code) {  // 7.4
  const bool defined = code >= 1000 && code <= 1014 && code != 1004 && code != 1005 && code != 1006;
  return defined || (code >= 3000 && code < 5000);
}

// Whether some text in UTF-8 begins so: one of few ways to go on suits every character that has begun.
bool begins_text(const std::string& bytes, int most_more = 3) {
  if (is_utf8(bytes)) return true;
  for (const char more : {'\x80', '\x90', '\xa0'})
    if (most_more > 0 && begins_text(bytes + more, most_more - 1)) return true;
  return false;
}

// What whole frames say, as long as they break no rule; false at the first that does.
bool follow(std::string_view bytes, std::vector<SocketItem>& items) {
  std::string message;
  int kind = 0;  // opcode of the message that has begun
  for (Plain frame; split(bytes, frame); bytes.remove_prefix(frame.end), frame = {}) {
    const bool control = frame.opcode >= 8;
    if (frame.reserved != 0 || !frame.masked || !frame.shortest || frame.size >> 63 != 0) return false;
    if (control && (!frame.fin || frame.size > 125 || frame.opcode > 10)) return false;
    if (!control && (frame.opcode > 2 || (frame.opcode == 0) != (kind != 0))) return false;
    if (frame.opcode == 8) {
      if (frame.size == 0) return items.push_back({Kind::kClose}), true;
      if (frame.size == 1 || !is_utf8(frame.payload.substr(2))) return false;
      const int code = static_cast<std::uint8_t>(frame.payload[0]) * 256 + static_cast<std::uint8_t>(frame.payload[1]);
      if (!may_be_sent(code)) return false;
      items.push_back({Kind::kClose, frame.payload.substr(2), static_cast<CloseCode>(code)});
      return true;
    }
    if (control) {
      items.push_back({frame.opcode == 9 ? Kind::kPing : Kind::kPong, frame.payload});
      continue;
    }
    if (frame.opcode != 0) kind = frame.opcode;
    message += frame.payload;
    if (message.size() > kMost) return false;
    if (kind == 1 && !(frame.fin ? is_utf8(message) : begins_text(message))) return false;
    if (!frame.fin) continue;
    items.push_back({kind == 1 ? Kind::kText : Kind::kBinary, message});
    message.clear();
    kind = 0;
  }
  return true;
}

bool same(const std::vector<SocketItem>& a, const std::vector<SocketItem>& b) {
  if (a.size() != b.size()) return false;
  for (std::size_t i = 0; i < a.size(); ++i)
    if (a[i].kind != b[i].kind || a[i].data != b[i].data || a[i].code != b[i].code) return false;
  return true;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  std::vector<SocketItem> whole = read(bytes, size);
  require(same(read(bytes, 1), whole) && same(read(bytes, 7), whole));
  std::vector<SocketItem> expected;
  const bool followed = follow(bytes, expected);
  const bool faulty = !whole.empty() && whole.back().kind == Kind::kFault;
  // A frame that is not whole may be wrong already, which the second reader cannot see.
  require(followed || faulty);
  if (faulty) {
    require(!whole.back().data.empty() && is_utf8(whole.back().data));
    require(format_close(whole.back().code, whole.back().data).size() <= 127);
    whole.pop_back();
  }
  require(same(whole, expected));
  return 0;
}
