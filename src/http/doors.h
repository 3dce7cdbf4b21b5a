// Who may come in: the rules for Host, Origin, what browsers say of themselves, kinds of bodies, and scopes
// (docs/server.md). Pure functions: they see a request's fields and the server's settings, and no socket.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "http/authority.h"
#include "http/message.h"

namespace sotto::http {

// The settings that doors need; made by make_doors().
struct Doors {
  std::string address;     // that was bound, as plain_address() gives it
  std::uint16_t port = 0;  // that was bound
  bool loopback = true;    // nothing beyond this machine can connect
  bool tls = false;
  std::vector<Authority> hosts;  // allowed besides; without a port they go with the bound one and with none
  std::vector<Origin> origins;   // allowed besides; port 0: any, host "*": any
};

// Errors: kBadRequest: an origin or a host that is none, or "*" (every web page could use the server then).
Result<Doors> make_doors(const std::string& address, std::uint16_t port, bool tls,
                         const std::vector<std::string>& hosts, const std::vector<std::string>& origins);

// A request as the doors see it.
struct Knock {
  std::string_view method;
  const Headers& headers;
  bool http_1_0 = false;  // may lack a Host
  bool has_body = false;  // says that a body follows, even an empty one
  std::string local_address =
      {};  // the address of this machine that the client connected to, as plain_address() gives it
};

// Nothing when the request may come in, on whichever route.
std::optional<Refusal> refuse(const Doors& doors, const Knock& knock);

// Nothing when a route of scope `route` may be used by who showed a token of scope `shown` (kOpen: none, or one that is
// not known).
std::optional<Refusal> refuse_scope(const Doors& doors, bool has_tokens, Scope route, Scope shown);

// Whether an Origin is among the configured ones; the server's own is not.
bool is_configured_origin(const Doors& doors, std::string_view origin);

// The fields that a reply needs, so that a page of a configured origin can read it; none for other requests.
std::vector<Header> cors_fields(const Doors& doors, const Headers& request);

// Those of the answer to a preflight, which asks before a page of a configured origin may send; empty when it is none.
std::vector<Header> preflight_fields(const Doors& doors, const Knock& knock, const std::vector<std::string>& methods);

}  // namespace sotto::http
