// The bytes of an answer: status line, fields, chunks. Pure functions.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "http/message.h"

namespace sotto::http {

// How the end of a body is told.
enum class Framing {
  kLength,   // Content-Length
  kChunked,  // chunks; HTTP/1.1 only
  kClose,    // the end of the connection
};

struct ResponseHead {
  int status = 200;
  std::string content_type;    // empty: none
  std::vector<Header> fields;  // values without control characters
  Framing framing = Framing::kLength;
  std::size_t content_bytes = 0;  // for kLength
  bool keep_alive = true;
};

// Status line and fields, with the empty line behind them. Adds Date, X-Content-Type-Options, and Cache-Control when
// `fields` has none. With 101 or 426, `fields` has Upgrade.
std::string format_head(const ResponseHead& head);

// One chunk; nothing for no bytes, since an empty chunk would be the last.
std::string format_chunk(std::string_view bytes);
inline constexpr std::string_view kLastChunk = "0\r\n\r\n";
inline constexpr std::string_view kContinue = "HTTP/1.1 100 Continue\r\n\r\n";

std::string_view reason_phrase(int status);  // "" for a status without one here

// A value of a field that cannot end it: control characters but tabs as spaces.
std::string field_value(std::string_view value);

}  // namespace sotto::http
