// The head of a request, held to the strict form of RFC 9112 before anything reads it, so that no proxy in front of the
// server can understand it otherwise (request smuggling). Pure functions over hostile bytes.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "http/message.h"

namespace sotto::http {

struct Head {
  std::string method;
  std::string target;  // printable ASCII
  bool http_1_0 = false;
  Headers headers;
  std::optional<std::uint64_t> content_length;  // nothing with `chunked`
  bool chunked = false;
  bool has_body() const { return chunked || content_length.value_or(0) > 0; }
};

// Looks for what no head may contain in the bytes from `from` on: NUL and other control characters, a CR without its LF
// and the reverse. Call it as bytes come in, so that nonsense is answered at once. A CR at the very end waits for more.
std::optional<Refusal> check_bytes(std::string_view block, std::size_t from);

// `block`: a whole head with its empty line. Lines must not be folded, names are tokens with the colon right behind
// them, at most `max_fields` fields, one request line of three words.
std::optional<Refusal> check_lines(std::string_view block, std::size_t max_fields);

// Sets content_length and chunked from the fields. Refuses both together, a repeated or malformed Content-Length,
// codings other than chunked, codings in HTTP/1.0.
std::optional<Refusal> read_framing(Head& head);

}  // namespace sotto::http
