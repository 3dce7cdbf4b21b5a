#include "http/authority.h"

#include <arpa/inet.h>

#include <algorithm>
#include <array>

namespace sotto::http {
namespace {

constexpr std::size_t kMaxHostBytes = 253;  // of a domain name (RFC 1035)

bool is_word(char byte) {
  return (byte >= '0' && byte <= '9') || (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z');
}

std::string lowered(std::string_view text) {
  std::string lower(text);
  for (char& letter : lower) {
    if (letter >= 'A' && letter <= 'Z') letter = static_cast<char>(letter - 'A' + 'a');
  }
  return lower;
}

std::optional<std::uint16_t> parse_port(std::string_view digits) {
  if (digits.empty() || digits.size() > 5 || digits[0] == '0') return std::nullopt;
  unsigned port = 0;
  for (const char digit : digits) {
    if (digit < '0' || digit > '9') return std::nullopt;
    port = port * 10 + static_cast<unsigned>(digit - '0');
  }
  return port <= 65535 ? std::optional(static_cast<std::uint16_t>(port)) : std::nullopt;
}

std::optional<std::string> plain_ipv6(std::string_view text) {
  in6_addr address;
  std::array<char, INET6_ADDRSTRLEN> shortest;
  if (inet_pton(AF_INET6, std::string(text).c_str(), &address) != 1) return std::nullopt;
  return inet_ntop(AF_INET6, &address, shortest.data(), shortest.size());
}

bool is_ipv4(std::string_view text) {
  in_addr address;
  return inet_pton(AF_INET, std::string(text).c_str(), &address) == 1;
}

// The host of a name or an IPv4 address, without its last dot.
std::optional<std::string> plain_name(std::string_view text) {
  if (text.ends_with('.')) text.remove_suffix(1);
  if (text.empty() || text.size() > kMaxHostBytes || text.starts_with('.') || text.ends_with('.')) return std::nullopt;
  const bool fits = std::all_of(text.begin(), text.end(),
                                [](char byte) { return is_word(byte) || byte == '-' || byte == '.' || byte == '_'; });
  if (!fits) return std::nullopt;
  return lowered(text);
}

}  // namespace

std::optional<Authority> parse_authority(std::string_view text) {
  Authority authority;
  std::string_view port;
  if (text.starts_with('[')) {
    const std::size_t end = text.find(']');
    if (end == std::string_view::npos) return std::nullopt;
    auto host = plain_ipv6(text.substr(1, end - 1));
    if (!host) return std::nullopt;
    authority.host = std::move(*host);
    port = text.substr(end + 1);
  } else {
    const std::size_t colon = text.find(':');
    auto host = plain_name(text.substr(0, colon));
    if (!host) return std::nullopt;
    authority.host = std::move(*host);
    if (colon != std::string_view::npos) port = text.substr(colon);
  }
  if (port.empty()) return authority;
  if (port[0] != ':') return std::nullopt;
  authority.port = parse_port(port.substr(1));
  return authority.port ? std::optional(authority) : std::nullopt;
}

std::uint16_t Origin::port() const {
  if (authority.port) return *authority.port;
  return scheme == "http" ? 80 : scheme == "https" ? 443 : 0;
}

std::optional<Origin> parse_origin(std::string_view text) {
  const std::size_t colon = text.find("://");
  if (colon == std::string_view::npos || colon == 0 || colon > 40) return std::nullopt;
  const std::string_view scheme = text.substr(0, colon);
  const bool fits = std::all_of(scheme.begin(), scheme.end(),
                                [](char byte) { return is_word(byte) || byte == '-' || byte == '.' || byte == '+'; });
  const auto authority = parse_authority(text.substr(colon + 3));
  if (!fits || !authority) return std::nullopt;
  return Origin{lowered(scheme), *authority};
}

bool is_loopback_address(std::string_view address) {
  if (address.starts_with("::ffff:")) address.remove_prefix(7);
  return address == "::1" || (address.starts_with("127.") && is_ipv4(address));
}

bool is_loopback_host(std::string_view host) {
  return host == "localhost" || host.ends_with(".localhost") || is_loopback_address(host);
}

std::optional<std::string> plain_address(std::string_view text) {
  if (text.starts_with('[') && text.ends_with(']')) text = text.substr(1, text.size() - 2);
  if (text.find('\0') != std::string_view::npos) return std::nullopt;
  if (is_ipv4(text)) return std::string(text);
  return plain_ipv6(text);
}

}  // namespace sotto::http
