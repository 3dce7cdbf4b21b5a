// A client of raw bytes for tests, so that it can say what no HTTP library would.
#pragma once

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <chrono>
#include <string>
#include <string_view>

#include "base/descriptor.h"
#include "http/server.h"

namespace sotto::http::test {

inline constexpr int kPatienceMs = 5000;

class Client {
 public:
  explicit Client(std::uint16_t port) : socket_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in name{};
    name.sin_family = AF_INET;
    name.sin_port = htons(port);
    name.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    connected_ = ::connect(socket_.get(), reinterpret_cast<sockaddr*>(&name), sizeof name) == 0;
  }

  bool connected() const { return connected_; }
  bool send(std::string_view bytes) {
    return ::send(socket_.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL) == static_cast<ssize_t>(bytes.size());
  }
  void end_writing() { ::shutdown(socket_.get(), SHUT_WR); }
  void close() { socket_ = base::Descriptor(); }
  int descriptor() const { return socket_.get(); }

  // Bytes until `end` stands among them, the connection ends, or patience does.
  std::string read_until(std::string_view end, int patience_ms = kPatienceMs) {
    std::string got;
    while (got.find(end) == std::string::npos && read_more(got, patience_ms)) {}
    return got;
  }
  std::string read_all(int patience_ms = kPatienceMs) {
    std::string got;
    while (read_more(got, patience_ms)) {}
    return got;
  }
  // Whether the server has ended the connection, after at most that long.
  bool ends(int patience_ms = kPatienceMs) {
    read_all(patience_ms);
    return ended_;
  }

  // Sends a request and reads an answer that has a length; the connection stays.
  std::string ask(std::string_view request) {
    if (!send(request)) return "cannot send";
    std::string got = read_until("\r\n\r\n");
    const std::size_t body = got.find("\r\n\r\n") + 4;
    const std::size_t at = got.find("Content-Length: ");
    if (at == std::string::npos || at > body) return got;
    const std::size_t length = std::stoul(got.substr(at + 16));
    while (got.size() < body + length && read_more(got, kPatienceMs)) {}
    return got;
  }

 private:
  bool read_more(std::string& got, int patience_ms) {
    pollfd wait{socket_.get(), POLLIN, 0};
    if (::poll(&wait, 1, patience_ms) != 1) return false;
    char buffer[16384];
    const ssize_t count = ::recv(socket_.get(), buffer, sizeof buffer, 0);
    if (count <= 0) {
      ended_ = true;
      return false;
    }
    got.append(buffer, static_cast<std::size_t>(count));
    return true;
  }

  base::Descriptor socket_;
  bool connected_ = false, ended_ = false;
};

inline int status_of(std::string_view answer) {
  return answer.starts_with("HTTP/1.1 ") && answer.size() > 12 ? std::stoi(std::string(answer.substr(9, 3))) : 0;
}

inline std::string body_of(const std::string& answer) {
  const std::size_t end = answer.find("\r\n\r\n");
  return end == std::string::npos ? "" : answer.substr(end + 4);
}

inline std::string get(std::string_view path, std::string_view fields = "") {
  return "GET " + std::string(path) + " HTTP/1.1\r\nHost: localhost\r\n" + std::string(fields) + "\r\n";
}

inline std::string post(std::string_view path, std::string_view body, std::string_view fields = "") {
  return "POST " + std::string(path) +
         " HTTP/1.1\r\nHost: localhost\r\nContent-Length: " + std::to_string(body.size()) + "\r\n" +
         std::string(fields) + "\r\n" + std::string(body);
}

// A server on a port of the system's choosing.
inline std::unique_ptr<Server> serve(Router router, ServerOptions options = {}) {
  options.port = 0;
  auto server = Server::start(std::move(options), std::move(router));
  EXPECT_TRUE(server) << server.error().message;
  return server ? std::move(*server) : nullptr;
}

// Tries for a while.
template <class Condition>
bool comes_true(Condition condition, int patience_ms = kPatienceMs) {
  const auto end = std::chrono::steady_clock::now() + std::chrono::milliseconds(patience_ms);
  while (!condition()) {
    if (std::chrono::steady_clock::now() > end) return false;
    ::usleep(2000);
  }
  return true;
}

}  // namespace sotto::http::test
