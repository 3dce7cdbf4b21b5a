// An HTTP/1.1 server with limits, TLS, tokens and doors (docs/server.md). Knows nothing of models: what it serves is in
// the Router.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "http/router.h"
#include "http/tokens.h"
#include "sotto/result.h"

namespace sotto::http {

using std::chrono::milliseconds;

struct Limits {
  std::size_t head_bytes = 16 << 10;           // request line and fields; more is 431
  std::size_t fields = 100;                    // more is 431
  std::size_t buffered_body_bytes = 40 << 20;  // bodies of requests, without streamed ones, and messages of sockets,
                                               // together; more is 503, or close code 1013
  std::size_t connections = 4096;              // more are answered with 503 and closed
  milliseconds head_timeout{10'000};           // for TLS's handshake, and for a head, from its first byte
  milliseconds body_timeout{30'000};           // for a body, and a second more for each `bytes_per_second` that came
  milliseconds idle_timeout{75'000};           // between requests, and before the first
  milliseconds write_timeout{30'000};  // for what waits to be written, and a second more for each `bytes_per_second`
  std::size_t bytes_per_second = 4096;
  milliseconds ping_interval{20'000};  // a socket that is silent so long is pinged; after as long again it is cut
  std::size_t handler_threads = 64;    // started when needed; routes with `quick` have 2 of their own
  std::size_t waiting_requests = 256;  // when all handler threads are busy; more is 503
};

enum class LogKind {
  kRequest,  // one that a handler answered: peer, method, path (without the query), status, bytes, time
  kRefused,  // one that the server answered itself, and why
  kProblem,  // what a person should see: descriptors that ran out, a handler that threw
};
// One line without control characters; no bodies, queries or tokens. Called from any of the server's threads.
using Log = std::function<void(LogKind, std::string_view line)>;

struct ServerOptions {
  std::string address = "127.0.0.1";  // an IPv4 or IPv6 address, or "localhost"
  std::uint16_t port = 11434;         // 0 lets the system choose
  std::string certificate_file;       // PEM, with its chain; TLS when this and the key are given
  std::string key_file;               // PEM
  // Web pages that may call, beside the server's own: "https://chat.example", "http://localhost:*" for every port,
  // "vscode-webview://*" for every host of a scheme that is not of the web.
  std::vector<std::string> allowed_origins;
  std::vector<std::string>
      allowed_hosts;  // names beside the usual ones that a Host may have: "box.lan", "box.lan:8443"
  std::vector<Token> tokens;
  Limits limits;
  Log log;  // may be empty
};

// Destroying it cuts what still runs and waits for the handlers to return.
class Server {
 public:
  // Binds, listens and serves until destroyed. May raise the process's limit on open descriptors, up to what the system
  // allows. Errors: kBadRequest (address, origins, hosts; beyond loopback without a token), kBadFile and kNotFound
  // (certificate, key), kIo (the port is busy, and who may hold it).
  static Result<std::unique_ptr<Server>> start(ServerOptions options, Router router);
  ~Server();

  std::uint16_t port() const;  // the one that was bound

  // Stops accepting, closes idle connections and lets running replies end until the deadline; what runs then is cut,
  // and `gone` of its request is set. Returns whether nothing had to be cut. May be called from any thread, once; not
  // from a handler and not from a signal handler.
  bool drain(std::chrono::steady_clock::time_point deadline);

  // From now on these tokens count. May be called from any thread.
  void set_tokens(std::vector<Token> tokens);

 private:
  struct Impl;
  explicit Server(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace sotto::http
