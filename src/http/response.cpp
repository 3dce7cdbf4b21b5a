#include "http/response.h"

#include <algorithm>
#include <array>
#include <ctime>
#include <iterator>

#include <fmt/format.h>

namespace sotto::http {
namespace {

struct Phrase {
  int status;
  std::string_view words;
};

constexpr Phrase kPhrases[] = {
    {100, "Continue"},
    {101, "Switching Protocols"},
    {200, "OK"},
    {201, "Created"},
    {202, "Accepted"},
    {204, "No Content"},
    {301, "Moved Permanently"},
    {302, "Found"},
    {304, "Not Modified"},
    {307, "Temporary Redirect"},
    {400, "Bad Request"},
    {401, "Unauthorized"},
    {403, "Forbidden"},
    {404, "Not Found"},
    {405, "Method Not Allowed"},
    {408, "Request Timeout"},
    {409, "Conflict"},
    {411, "Length Required"},
    {413, "Content Too Large"},
    {415, "Unsupported Media Type"},
    {417, "Expectation Failed"},
    {422, "Unprocessable Content"},
    {426, "Upgrade Required"},
    {429, "Too Many Requests"},
    {431, "Request Header Fields Too Large"},
    {499, "Client Closed Request"},
    {500, "Internal Server Error"},
    {501, "Not Implemented"},
    {503, "Service Unavailable"},
    {504, "Gateway Timeout"},
    {507, "Insufficient Storage"},
};

// "Sun, 06 Nov 1994 08:49:37 GMT" (RFC 9110, 5.6.7), whatever the locale.
std::string date() {
  constexpr const char* kDays[] = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
  constexpr const char* kMonths[] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                     "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
  const std::time_t now = std::time(nullptr);
  std::tm utc{};
  gmtime_r(&now, &utc);
  return fmt::format("{}, {:02} {} {} {:02}:{:02}:{:02} GMT", kDays[utc.tm_wday], utc.tm_mday, kMonths[utc.tm_mon],
                     1900 + utc.tm_year, utc.tm_hour, utc.tm_min, utc.tm_sec);
}

bool has_field(const std::vector<Header>& fields, std::string_view name) {
  return std::any_of(fields.begin(), fields.end(), [&](const Header& field) { return same_word(field.name, name); });
}

// Answers that have no body and say no length (RFC 9112, 6.3).
bool is_bodiless(int status) { return status < 200 || status == 204 || status == 304; }

}  // namespace

std::string_view reason_phrase(int status) {
  const auto* found = std::find_if(std::begin(kPhrases), std::end(kPhrases),
                                   [&](const Phrase& phrase) { return phrase.status == status; });
  return found == std::end(kPhrases) ? std::string_view() : found->words;
}

std::string field_value(std::string_view value) {
  std::string safe(value);
  for (char& byte : safe) {
    const auto code = static_cast<unsigned char>(byte);
    if ((code < 0x20 && byte != '\t') || code == 0x7f) byte = ' ';
  }
  return safe;
}

std::string format_head(const ResponseHead& head) {
  std::string text = fmt::format("HTTP/1.1 {} {}\r\nDate: {}\r\n", head.status, reason_phrase(head.status), date());
  const auto add = [&](std::string_view name, std::string_view value) {
    fmt::format_to(std::back_inserter(text), "{}: {}\r\n", name, value);
  };
  if (!head.content_type.empty()) add("Content-Type", head.content_type);
  if (head.framing == Framing::kLength && !is_bodiless(head.status)) {
    add("Content-Length", std::to_string(head.content_bytes));
  }
  if (head.framing == Framing::kChunked) add("Transfer-Encoding", "chunked");
  for (const Header& field : head.fields) add(field.name, field.value);
  if (!has_field(head.fields, "cache-control")) add("Cache-Control", "no-store");
  add("X-Content-Type-Options", "nosniff");
  std::string connection = head.status == 101 ? "" : head.keep_alive ? "keep-alive" : "close";
  // Who sends Upgrade says so here too (RFC 9110, 7.8).
  if (has_field(head.fields, "upgrade")) connection += connection.empty() ? "Upgrade" : ", Upgrade";
  add("Connection", connection);
  return text + "\r\n";
}

std::string format_chunk(std::string_view bytes) {
  if (bytes.empty()) return {};
  return fmt::format("{:x}\r\n{}\r\n", bytes.size(), bytes);
}

}  // namespace sotto::http
