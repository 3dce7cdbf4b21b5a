#include "server/address.h"

#include <fmt/format.h>

#include <charconv>

namespace sotto::server {
namespace {

Unexpected no_address(std::string_view text) {
  return Unexpected(ErrorCode::kBadRequest,
                    fmt::format("the address \"{}\": HOST, HOST:PORT or :PORT is wanted, an IPv6 address with a port "
                                "in brackets, and a port from 0 to 65535",
                                text));
}

struct Halves {
  std::string_view host, port;  // the port with the colon before it; both may be empty
};

// Without a scheme and the slash at the end.
std::string_view bare(std::string_view text) {
  for (const std::string_view scheme : {"http://", "https://"}) {
    if (text.starts_with(scheme)) text.remove_prefix(scheme.size());
  }
  if (text.ends_with('/')) text.remove_suffix(1);
  return text;
}

Halves split(std::string_view text) {
  const std::size_t colon = text.rfind(':'), bracket = text.rfind(']');
  if (text.starts_with('[') && bracket != std::string_view::npos)
    return {text.substr(1, bracket - 1), text.substr(bracket + 1)};
  const bool ipv6 = text.find(':') != colon;  // more than one colon
  if (ipv6 || colon == std::string_view::npos) return {text, ""};
  return {text.substr(0, colon), text.substr(colon)};
}

bool is_port(std::string_view text, std::uint16_t& port) {
  if (!text.starts_with(':')) return false;
  text.remove_prefix(1);
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), port);
  return error == std::errc() && end == text.data() + text.size();
}

}  // namespace

Result<Address> parse_address(std::string_view text) {
  const std::string_view rest = bare(text);
  const Halves halves = split(rest);
  Address address;
  if (!halves.port.empty() && !is_port(halves.port, address.port)) return no_address(text);
  const bool port_alone = halves.host.empty() && !rest.starts_with('[');
  if (!port_alone) address.host = halves.host;
  if (address.host.empty() || address.host.find_first_of("/ ?#@[]") != std::string::npos) return no_address(text);
  return address;
}

}  // namespace sotto::server
