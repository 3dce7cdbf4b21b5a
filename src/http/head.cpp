#include "http/head.h"

#include <algorithm>

namespace sotto::http {
namespace {

// tchar of RFC 9110, 5.6.2.
bool is_token_byte(char byte) {
  return (byte >= '0' && byte <= '9') || (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z') ||
         std::string_view("!#$%&'*+-.^_`|~").find(byte) != std::string_view::npos;
}

bool is_token(std::string_view text) { return !text.empty() && std::all_of(text.begin(), text.end(), is_token_byte); }

std::optional<Refusal> bad(std::string_view what) { return Refusal{400, "not valid HTTP: " + std::string(what)}; }

std::optional<Refusal> check_request_line(std::string_view line) {
  const std::size_t first = line.find(' ');
  const std::size_t last = line.rfind(' ');
  if (first == std::string_view::npos || first == last) {
    return bad("the first line needs a method, an address and a version, with one space between them");
  }
  const std::string_view target = line.substr(first + 1, last - first - 1);
  const bool plain = std::all_of(target.begin(), target.end(), [](char byte) { return byte > 0x20 && byte < 0x7f; });
  if (!is_token(line.substr(0, first)) || !plain || target.empty()) {
    return bad("the method or the address in the first line has bytes that may not stand there");
  }
  const std::string_view version = line.substr(last + 1);
  if (version != "HTTP/1.1" && version != "HTTP/1.0") return bad("the version is neither HTTP/1.1 nor HTTP/1.0");
  return std::nullopt;
}

std::optional<Refusal> check_field_line(std::string_view line) {
  if (line[0] == ' ' || line[0] == '\t')
    return bad("a field is folded over two lines, or the first begins with a space");
  const std::size_t colon = line.find(':');
  if (colon == std::string_view::npos) return bad("a field has no colon");
  if (!is_token(line.substr(0, colon))) return bad("the name of a field has bytes that may not stand there");
  return std::nullopt;
}

// 1 to 18 digits: more would not fit, and no body is that long.
std::optional<std::uint64_t> parse_length(std::string_view digits) {
  if (digits.empty() || digits.size() > 18) return std::nullopt;
  std::uint64_t length = 0;
  for (const char digit : digits) {
    if (digit < '0' || digit > '9') return std::nullopt;
    length = length * 10 + static_cast<std::uint64_t>(digit - '0');
  }
  return length;
}

}  // namespace

std::optional<Refusal> check_bytes(std::string_view block, std::size_t from) {
  if (from == 0 && !block.empty() && !is_token_byte(block[0])) return bad("the first byte begins no method");
  for (std::size_t at = from; at < block.size(); ++at) {
    const auto byte = static_cast<unsigned char>(block[at]);
    if (byte == '\r') {
      if (at + 1 < block.size() && block[at + 1] != '\n') return bad("a CR has no LF behind it");
    } else if (byte == '\n') {
      if (at == 0 || block[at - 1] != '\r') return bad("an LF has no CR before it");
    } else if ((byte < 0x20 && byte != '\t') || byte == 0x7f) {
      return bad("a control character stands in the head");
    }
  }
  return std::nullopt;
}

std::optional<Refusal> check_lines(std::string_view block, std::size_t max_fields) {
  if (auto refusal = check_bytes(block, 0)) return refusal;
  std::size_t fields = 0;
  for (bool first = true;; first = false) {
    const std::size_t end = block.find("\r\n");
    if (end == std::string_view::npos) return bad("the head has no end");
    const std::string_view line = block.substr(0, end);
    block.remove_prefix(end + 2);
    if (line.empty() && !first) return block.empty() ? std::nullopt : bad("there are bytes behind the head");
    if (auto refusal = first ? check_request_line(line) : check_field_line(line)) return refusal;
    if (!first && ++fields > max_fields) {
      return Refusal{431, "the request has more than " + std::to_string(max_fields) + " fields"};
    }
  }
}

std::optional<Refusal> read_framing(Head& head) {
  const std::size_t lengths = head.headers.count("content-length");
  const std::size_t codings = head.headers.count("transfer-encoding");
  if (lengths > 0 && codings > 0) return bad("Content-Length and Transfer-Encoding exclude each other");
  if (lengths > 1 || codings > 1) return bad("Content-Length or Transfer-Encoding stands there more than once");
  if (codings == 1) {
    if (head.http_1_0) return bad("HTTP/1.0 has no Transfer-Encoding");
    if (!same_word(*head.headers.find("transfer-encoding"), "chunked")) {
      return bad("the Transfer-Encoding is another than chunked, the only one that this server knows");
    }
    head.chunked = true;
  }
  if (lengths == 1) {
    head.content_length = parse_length(*head.headers.find("content-length"));
    if (!head.content_length) return bad("the Content-Length is not a number of 1 to 18 digits");
  }
  return std::nullopt;
}

}  // namespace sotto::http
