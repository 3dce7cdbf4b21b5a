#include "http/target.h"

#include "http/utf8_check.h"

namespace sotto::http {
namespace {

int hex_value(char digit) {
  if (digit >= '0' && digit <= '9') return digit - '0';
  if (digit >= 'a' && digit <= 'f') return digit - 'a' + 10;
  if (digit >= 'A' && digit <= 'F') return digit - 'A' + 10;
  return -1;
}

bool has_controls(std::string_view text) {
  for (const char byte : text) {
    if (static_cast<unsigned char>(byte) < 0x20 || byte == 0x7f) return true;
  }
  return false;
}

Unexpected bad_target(std::string_view what, std::string_view where) {
  return Unexpected(ErrorCode::kBadRequest, "the address " + shown(where) + " is not valid: " + std::string(what));
}

// What comes before `separator`, which is taken off `rest` with it.
std::string_view take_until(std::string_view& rest, char separator) {
  const std::size_t at = rest.find(separator);
  const std::string_view part = rest.substr(0, at);
  rest = at == std::string_view::npos ? std::string_view() : rest.substr(at + 1);
  return part;
}

bool read_query(std::string_view text, std::map<std::string, std::string>& query) {
  while (!text.empty()) {
    std::string_view value = take_until(text, '&');
    const std::string_view key = take_until(value, '=');
    if (key.empty() && value.empty()) continue;
    auto decoded_key = percent_decode(key, true);
    auto decoded_value = percent_decode(value, true);
    if (!decoded_key || !decoded_value) return false;
    query.insert_or_assign(std::move(*decoded_key), std::move(*decoded_value));
    if (query.size() > kMaxQueryKeys) return false;
  }
  return true;
}

// Takes "http://authority" off the front of a whole address; false for other schemes.
bool take_authority(std::string_view& target, std::string& authority) {
  for (const std::string_view scheme : {"http://", "https://"}) {
    if (!target.starts_with(scheme)) continue;
    target.remove_prefix(scheme.size());
    const std::size_t end = target.find_first_of("/?");
    authority = target.substr(0, end);
    target = end == std::string_view::npos ? std::string_view() : target.substr(end);
    return !authority.empty();
  }
  return false;
}

}  // namespace

bool is_utf8(std::string_view text) {
  Utf8Check check;
  return check.feed(text) && check.is_whole();
}

std::optional<std::string> percent_decode(std::string_view text, bool plus_is_space) {
  std::string decoded;
  decoded.reserve(text.size());
  for (std::size_t at = 0; at < text.size(); ++at) {
    if (text[at] == '+' && plus_is_space) {
      decoded += ' ';
    } else if (text[at] != '%') {
      decoded += text[at];
    } else {
      const int high = at + 2 < text.size() ? hex_value(text[at + 1]) : -1;
      const int low = at + 2 < text.size() ? hex_value(text[at + 2]) : -1;
      if (high < 0 || low < 0) return std::nullopt;
      decoded += static_cast<char>(high * 16 + low);
      at += 2;
    }
  }
  if (has_controls(decoded) || !is_utf8(decoded)) return std::nullopt;
  return decoded;
}

Result<Target> split_target(std::string_view target) {
  Target parts;
  std::string_view rest = target;
  if (rest == "*") {
    parts.raw_path = parts.path = "*";
    return parts;
  }
  if (!rest.starts_with('/') && !take_authority(rest, parts.authority)) {
    return bad_target("it must begin with a slash", target);
  }
  const std::size_t question = rest.find('?');
  parts.raw_path = rest.substr(0, question);
  if (parts.raw_path.empty()) parts.raw_path = "/";
  auto path = percent_decode(parts.raw_path, false);
  if (!path) return bad_target("its path needs two hex digits after each %, UTF-8, and no control characters", target);
  parts.path = std::move(*path);
  if (question != std::string_view::npos && !read_query(rest.substr(question + 1), parts.query)) {
    return bad_target("its query needs two hex digits after each %, UTF-8, and at most 100 keys", target);
  }
  return parts;
}

std::string shown(std::string_view text) {
  std::string plain(text.substr(0, 80));
  for (char& byte : plain) {
    if (byte < 0x20 || byte > 0x7e) byte = '?';
  }
  return text.size() > 80 ? plain + "..." : plain;
}

}  // namespace sotto::http
