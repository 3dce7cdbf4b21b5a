#include "http/handshake.h"

#include <nettle/base64.h>
#include <nettle/sha1.h>

#include <algorithm>
#include <array>
#include <cctype>

namespace sotto::http {
namespace {

constexpr std::string_view kGuid = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";  // RFC 6455, 1.3
constexpr std::string_view kVersion = "13";

// 16 bytes in base64.
bool is_key(std::string_view key) {
  return key.size() == 24 && key.ends_with("==") && std::all_of(key.begin(), key.end() - 2, [](char c) {
           return std::isalnum(static_cast<unsigned char>(c)) || c == '+' || c == '/';
         });
}

}  // namespace

std::optional<Refusal> refuse_handshake(const Head& head) {
  const Headers& headers = head.headers;
  if (!headers.has_word("upgrade", "websocket") || !headers.has_word("connection", "upgrade")) {
    return Refusal{426, "this address is a WebSocket; ask with Connection: Upgrade and Upgrade: websocket"};
  }
  const std::string* version = headers.find("sec-websocket-version");
  if (!version || *version != kVersion || headers.count("sec-websocket-version") > 1) {
    return Refusal{426, "of WebSocket version 13 is spoken here; ask with Sec-WebSocket-Version: 13"};
  }
  if (head.method != "GET") return Refusal{400, "a WebSocket is opened by GET"};
  if (head.http_1_0) return Refusal{400, "a WebSocket needs HTTP/1.1"};
  if (head.has_body()) return Refusal{400, "a request for a WebSocket has no body"};
  const std::string* key = headers.find("sec-websocket-key");
  if (!key || headers.count("sec-websocket-key") > 1 || !is_key(*key)) {
    return Refusal{400, "a request for a WebSocket has one Sec-WebSocket-Key, 16 bytes in base64"};
  }
  return std::nullopt;
}

std::vector<Header> handshake_fields(const Headers& request, const Route& route) {
  const std::string* key = request.find("sec-websocket-key");
  std::vector<Header> fields = {{"Upgrade", "websocket"}, {"Sec-WebSocket-Accept", accept_of(key ? *key : "")}};
  for (const std::string_view wanted : request.words("sec-websocket-protocol")) {
    const auto known = std::find(route.subprotocols.begin(), route.subprotocols.end(), wanted);
    if (known == route.subprotocols.end()) continue;
    fields.push_back({"Sec-WebSocket-Protocol", *known});
    break;
  }
  return fields;
}

std::vector<Header> upgrade_fields() {
  return {{"Upgrade", "websocket"}, {"Sec-WebSocket-Version", std::string(kVersion)}};
}

std::string accept_of(std::string_view key) {
  sha1_ctx context;
  sha1_init(&context);
  for (const std::string_view part : {key, kGuid})
    sha1_update(&context, part.size(), reinterpret_cast<const std::uint8_t*>(part.data()));
  std::array<std::uint8_t, SHA1_DIGEST_SIZE> digest{};
  sha1_digest(&context, digest.size(), digest.data());
  std::string text(BASE64_ENCODE_RAW_LENGTH(SHA1_DIGEST_SIZE), '\0');
  base64_encode_raw(text.data(), digest.size(), digest.data());
  return text;
}

}  // namespace sotto::http
