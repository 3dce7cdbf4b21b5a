// Hosts, ports and origins as Host and Origin name them. Pure functions over hostile bytes; no name is ever resolved.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace sotto::http {

struct Authority {
  std::string host;  // lower case, without brackets and a last dot; an IPv6 address in its shortest form
  std::optional<std::uint16_t> port;
  bool operator==(const Authority&) const = default;
};

// "host", "host:port", "[address]:port"; a port has no leading zero and is 1 to 65535, user names are not allowed.
// Nothing for everything else.
std::optional<Authority> parse_authority(std::string_view text);

struct Origin {
  std::string scheme;  // lower case
  Authority authority;
  // The port that a page of this origin uses: what was said, or the default of http and https; 0 for other schemes.
  std::uint16_t port() const;
  bool operator==(const Origin&) const = default;
};

// "scheme://host:port", as browsers send it. Nothing for everything else, "null" among it.
std::optional<Origin> parse_origin(std::string_view text);

// Addresses are 127.0.0.0/8 and ::1 (also as ::ffff:127.…), names are localhost and those that end in ".localhost",
// which no resolver may lead elsewhere (RFC 6761). `host` as parse_authority() gives it.
bool is_loopback_host(std::string_view host);
bool is_loopback_address(std::string_view address);

// An IPv4 or IPv6 address in the form that parse_authority() gives it; nothing for names. Brackets may be there.
std::optional<std::string> plain_address(std::string_view text);

}  // namespace sotto::http
