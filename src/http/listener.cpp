#include "http/listener.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include <array>
#include <cerrno>
#include <cstring>

#include <fmt/format.h>

#include "http/authority.h"
#include "http/port_holder.h"

namespace sotto::http {
namespace {

constexpr std::uint16_t kOllamaPort = 11434;

// An IPv4 or IPv6 address with its port, as the system has it.
union Name {
  sockaddr_in6 v6;  // first, since {} clears the first member: it is the largest
  sockaddr_in v4;
  sockaddr any;
};

socklen_t name_bytes(const Name& name) { return name.any.sa_family == AF_INET ? sizeof name.v4 : sizeof name.v6; }

Name make_name(const std::string& address, std::uint16_t port) {
  Name name{};
  if (inet_pton(AF_INET, address.c_str(), &name.v4.sin_addr) == 1) {
    name.v4.sin_family = AF_INET;
    name.v4.sin_port = htons(port);
    return name;
  }
  name = {};
  inet_pton(AF_INET6, address.c_str(), &name.v6.sin6_addr);
  name.v6.sin6_family = AF_INET6;
  name.v6.sin6_port = htons(port);
  return name;
}

std::string name_text(const Name& name) {
  std::array<char, INET6_ADDRSTRLEN> text{};
  const void* bytes = &name.v6.sin6_addr;
  if (name.any.sa_family == AF_INET) bytes = &name.v4.sin_addr;
  inet_ntop(name.any.sa_family, bytes, text.data(), text.size());
  const std::string address = text.data();
  return address.starts_with("::ffff:") ? address.substr(7) : address;
}

template <class Get>
std::string name_of(int socket, Get get) {
  Name name{};
  socklen_t size = sizeof name;
  return get(socket, &name.any, &size) == 0 ? name_text(name) : std::string();
}

Unexpected listen_error(const std::string& where, std::uint16_t port) {
  const int code = errno;
  if (code == EADDRINUSE) {
    std::string holder = port_holder(port);
    if (holder.empty()) holder = port == kOllamaPort ? "perhaps Ollama (systemctl status ollama)" : "another program";
    return Unexpected(ErrorCode::kIo,
                      fmt::format("{} is in use by {}; stop it, or choose another port with --port", where, holder));
  }
  std::string advice;
  if (code == EACCES) advice = "; ports below 1024 are for the system: choose another with --port";
  if (code == EADDRNOTAVAIL) advice = "; this machine has no such address";
  return Unexpected(ErrorCode::kIo, fmt::format("cannot listen on {}: {}{}", where, std::strerror(code), advice));
}

// A client that has vanished without a word (a cable that was pulled) is found after some two minutes.
void watch_for_death(int socket) {
  const int on = 1, idle_s = 60, interval_s = 15, probes = 4;
  ::setsockopt(socket, SOL_SOCKET, SO_KEEPALIVE, &on, sizeof on);
  ::setsockopt(socket, IPPROTO_TCP, TCP_KEEPIDLE, &idle_s, sizeof idle_s);
  ::setsockopt(socket, IPPROTO_TCP, TCP_KEEPINTVL, &interval_s, sizeof interval_s);
  ::setsockopt(socket, IPPROTO_TCP, TCP_KEEPCNT, &probes, sizeof probes);
}

}  // namespace

Result<Listener> listen_on(const std::string& address, std::uint16_t port) {
  const auto plain = plain_address(address == "localhost" ? "127.0.0.1" : address);
  if (!plain) {
    return Unexpected(ErrorCode::kBadRequest,
                      "the address to listen on is not valid: " + address +
                          "; expected an IPv4 or IPv6 address of this machine such as 127.0.0.1, or localhost");
  }
  const std::string where =
      plain->find(':') == std::string::npos ? fmt::format("{}:{}", *plain, port) : fmt::format("[{}]:{}", *plain, port);
  Name name = make_name(*plain, port);
  base::Descriptor socket(::socket(name.any.sa_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  if (!socket) return listen_error(where, port);
  const int on = 1;
  ::setsockopt(socket.get(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  const bool listens = ::bind(socket.get(), &name.any, name_bytes(name)) == 0 && ::listen(socket.get(), SOMAXCONN) == 0;
  if (!listens) return listen_error(where, port);
  socklen_t size = sizeof name;
  if (::getsockname(socket.get(), &name.any, &size) != 0) return listen_error(where, port);
  const std::uint16_t bound = ntohs(name.any.sa_family == AF_INET ? name.v4.sin_port : name.v6.sin6_port);
  return Listener{std::move(socket), *plain, bound};
}

Accepted accept_from(int listening_socket, Guest& guest) {
  guest.socket = base::Descriptor(::accept4(listening_socket, nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC));
  if (!guest.socket) {
    const bool no_room = errno == EMFILE || errno == ENFILE || errno == ENOBUFS || errno == ENOMEM;
    return no_room ? Accepted::kNoRoom : Accepted::kNone;
  }
  const int on = 1;
  ::setsockopt(guest.socket.get(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  watch_for_death(guest.socket.get());
  guest.peer_address = name_of(guest.socket.get(), ::getpeername);
  guest.local_address = name_of(guest.socket.get(), ::getsockname);
  return Accepted::kOne;
}

}  // namespace sotto::http
