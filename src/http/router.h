// Which handler answers which method and path, and in which form errors are told. Knows nothing of sockets.
#pragma once

#include <cstddef>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "http/message.h"
#include "http/socket.h"

namespace sotto::http {

// Runs on a thread of the server's pools and may block. Exceptions become a 500.
using Handler = std::function<void(Request&, Reply&)>;

// The JSON body of an error: `message` is plain text, valid UTF-8, not escaped.
using ErrorBody = std::function<std::string(int status, std::string_view message)>;

struct RouteOptions {
  // More is answered with 413. Of a socket: of one message, and of those that wait together; more closes it with 1009
  // or 1008.
  std::size_t max_body_bytes = 16 << 20;
  // The handler never waits (for a model, a disk, a network): it has threads of its own, so that it answers while all
  // others are busy.
  bool quick = false;
  bool stream_body = false;  // the handler reads Request::upload while it arrives; for bodies too large for memory
};

struct Route {
  std::string method;
  std::vector<std::string> segments;  // "api", ":name", "*"
  Scope scope = Scope::kAdmin;
  RouteOptions options;
  Handler handler;                        // of a socket: none
  SocketOpener open_socket;               // of a socket alone
  std::vector<std::string> subprotocols;  // of a socket; of those that a client names, the first of these is chosen
};

// What a method and path lead to. At most one of `route` and `allowed` says something; with neither it is a 404.
struct Match {
  const Route* route = nullptr;
  std::map<std::string, std::string> params;
  std::vector<std::string> allowed;  // the methods that the path has: 405, and OPTIONS
};

// Built by one thread, then only read: find() and the like may be called from any thread.
class Router {
 public:
  Router();

  // `pattern` begins with "/"; a segment ":name" takes one non-empty segment, a last segment "*" takes the rest, which
  // may be empty or have slashes. Where several fit, one with more literal segments at the front wins. GET answers HEAD
  // also. Two routes with the same method and pattern are a broken invariant.
  void add(std::string_view method, std::string_view pattern, Scope scope, Handler handler, RouteOptions options = {});

  // A WebSocket (RFC 6455), opened by GET; of `options`, max_body_bytes and quick count. `opener` makes the handler of
  // each.
  void add_socket(std::string_view pattern, Scope scope, SocketOpener opener,
                  std::vector<std::string> subprotocols = {}, RouteOptions options = {});

  // All that was added.
  const std::vector<Route>& routes() const { return routes_; }

  // Errors of the server on paths that begin with `prefix` look as `body` says; the longest prefix wins. Without one:
  // {"error": message}.
  void set_errors(std::string prefix, ErrorBody body);

  // `raw_path` is percent-encoded, so that "%2F" stays within a segment; see split_target() for what is valid.
  Match find(std::string_view method, std::string_view raw_path) const;

  // The methods that a path has, HEAD with GET; empty for a path that is not known.
  std::vector<std::string> methods(std::string_view raw_path) const;

  std::string error_body(std::string_view raw_path, int status, std::string_view message) const;

 private:
  void insert(Route route);

  std::vector<Route> routes_;
  std::vector<std::pair<std::string, ErrorBody>> errors_;
};

// Answers with an error in the form that the path of `request` has.
void send_error(const Router& router, const Request& request, Reply& reply, int status, std::string_view message);

}  // namespace sotto::http
