// Where to listen, as people write it in SOTTO_HOST.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "sotto/result.h"

namespace sotto::server {

inline constexpr std::uint16_t kDefaultPort = 11434;

struct Address {
  std::string host = "127.0.0.1";
  std::uint16_t port = kDefaultPort;
};

// "0.0.0.0:8080", "localhost", ":8080", "[::1]:8080", "::1", with or without "http://" or "https://" and a slash at the
// end; empty: the default. Errors: kBadRequest.
Result<Address> parse_address(std::string_view text);

}  // namespace sotto::server
