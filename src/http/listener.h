// Sockets that listen and what comes through them. Knows nothing of HTTP.
#pragma once

#include <cstdint>
#include <string>

#include "base/descriptor.h"
#include "sotto/result.h"

namespace sotto::http {

struct Listener {
  base::Descriptor socket;  // non-blocking
  std::string address;      // as plain_address() gives it
  std::uint16_t port = 0;
};

// `address`: an IPv4 or IPv6 address, or "localhost", which is 127.0.0.1. Port 0 lets the system choose.
// Errors: kBadRequest (the address is none), kIo (busy, with who may hold it and what to do; not allowed).
Result<Listener> listen_on(const std::string& address, std::uint16_t port);

enum class Accepted {
  kOne,
  kNone,    // nobody waits
  kNoRoom,  // descriptors or memory ran out; try again later
};

struct Guest {
  base::Descriptor socket;                  // non-blocking
  std::string peer_address, local_address;  // IPv4 also where it came through an IPv6 socket
};

Accepted accept_from(int listening_socket, Guest& guest);

}  // namespace sotto::http
