#include "cli/local_server.h"

#include <fmt/format.h>
#include <netdb.h>
#include <sys/socket.h>

#include <charconv>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <nlohmann/json.hpp>

#include "base/descriptor.h"

namespace sotto::cli {

namespace {

constexpr std::size_t kMaxAnswerBytes = 1u << 20;
constexpr timeval kPatience{30, 0};

struct HostPort {
  std::string host = "127.0.0.1", port = "11434";
};

// SOTTO_HOST as the server reads it, to be connected to: an address that means all becomes the loopback one.
Result<HostPort> server_address() {
  const char* variable = std::getenv("SOTTO_HOST");
  std::string text = variable == nullptr ? "" : variable;
  if (text.starts_with("https://"))
    return Unexpected(ErrorCode::kBadRequest, "SOTTO_HOST begins with https://, which this command does not speak");
  if (text.starts_with("http://")) text.erase(0, 7);
  if (text.ends_with('/')) text.pop_back();
  HostPort address;
  const std::size_t colon = text.rfind(':');
  const std::size_t bracket = text.rfind(']');
  const bool has_port =
      colon != std::string::npos && (bracket != std::string::npos ? colon > bracket : text.find(':') == colon);
  if (has_port) address.port = text.substr(colon + 1);
  if (has_port) text.erase(colon);
  std::erase_if(text, [](char c) { return c == '[' || c == ']'; });
  if (!text.empty() && text != "0.0.0.0" && text != "::") address.host = text;
  return address;
}

std::string system_problem(const HostPort& address, int reason) {
  return fmt::format("the server at {}:{}: {}", address.host, address.port, std::strerror(reason));
}

Result<base::Descriptor> connect_to(const HostPort& address) {
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  addrinfo* found = nullptr;
  if (::getaddrinfo(address.host.c_str(), address.port.c_str(), &hints, &found) != 0)
    return Unexpected(ErrorCode::kBadRequest, fmt::format("SOTTO_HOST: no such address: {}", address.host));
  const std::unique_ptr<addrinfo, decltype(&::freeaddrinfo)> keep(found, ::freeaddrinfo);
  int reason = 0;
  for (const addrinfo* one = found; one != nullptr; one = one->ai_next) {
    base::Descriptor socket(::socket(one->ai_family, one->ai_socktype | SOCK_CLOEXEC, one->ai_protocol));
    if (socket && ::connect(socket.get(), one->ai_addr, one->ai_addrlen) == 0) {
      ::setsockopt(socket.get(), SOL_SOCKET, SO_RCVTIMEO, &kPatience, sizeof kPatience);
      return socket;
    }
    reason = errno;
  }
  if (reason != ECONNREFUSED) return Unexpected(ErrorCode::kIo, system_problem(address, reason));
  return Unexpected(ErrorCode::kNotFound, fmt::format("no server listens at {}:{}; sotto serve starts one, and "
                                                      "SOTTO_HOST names another address",
                                                      address.host, address.port));
}

Result<std::string> exchange(int socket, std::string_view request, const HostPort& address) {
  while (!request.empty()) {
    const ssize_t sent = ::send(socket, request.data(), request.size(), MSG_NOSIGNAL);
    if (sent < 0) return Unexpected(ErrorCode::kIo, system_problem(address, errno));
    request.remove_prefix(static_cast<std::size_t>(sent));
  }
  std::string answer;
  char part[4096];
  for (;;) {
    const ssize_t n = ::recv(socket, part, sizeof part, 0);
    if (n < 0) return Unexpected(ErrorCode::kIo, system_problem(address, errno));
    if (n == 0 || answer.size() > kMaxAnswerBytes) return answer;
    answer.append(part, static_cast<std::size_t>(n));
  }
}

}  // namespace

std::string LocalAnswer::message() const {
  const auto json = nlohmann::json::parse(body, nullptr, false);
  if (json.is_object() && json.contains("error") && json["error"].is_string()) return json["error"];
  return fmt::format("the server answered with {}", status);
}

Result<LocalAnswer> parse_answer(std::string_view text) {
  LocalAnswer answer;
  const std::size_t space = text.find(' '), end = text.find("\r\n\r\n");
  if (text.starts_with("HTTP/1.") && space != std::string_view::npos && end != std::string_view::npos)
    std::from_chars(text.data() + space + 1, text.data() + end, answer.status);
  if (answer.status < 100) return Unexpected(ErrorCode::kIo, "what listens there does not speak HTTP");
  answer.body = text.substr(end + 4);
  return answer;
}

Result<LocalAnswer> ask_local_server(std::string_view method, std::string_view path, std::string_view body) {
  const auto address = server_address();
  if (!address) return Unexpected(address.error());
  auto socket = connect_to(*address);
  if (!socket) return forward_error(socket);
  const char* token = std::getenv("SOTTO_TOKEN");
  const std::string authorization =
      token == nullptr || *token == '\0' ? "" : fmt::format("Authorization: Bearer {}\r\n", token);
  const bool ipv6 = address->host.find(':') != std::string::npos;
  const std::string request = fmt::format(
      "{} {} HTTP/1.1\r\nHost: {}{}{}:{}\r\n{}Connection: close\r\nContent-Type: application/json\r\n"
      "Content-Length: {}\r\n\r\n{}",
      method, path, ipv6 ? "[" : "", address->host, ipv6 ? "]" : "", address->port, authorization, body.size(), body);
  const auto answer = exchange(socket->get(), request, *address);
  if (!answer) return Unexpected(answer.error());
  return parse_answer(*answer);
}

}  // namespace sotto::cli
