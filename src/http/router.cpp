#include "http/router.h"

#include <algorithm>

#include <nlohmann/json.hpp>

#include "base/check.h"
#include "http/target.h"

namespace sotto::http {
namespace {

std::vector<std::string> split_path(std::string_view path) {
  std::vector<std::string> segments;
  if (path.starts_with('/')) path.remove_prefix(1);
  for (;;) {
    const std::size_t slash = path.find('/');
    segments.emplace_back(path.substr(0, slash));
    if (slash == std::string_view::npos) return segments;
    path.remove_prefix(slash + 1);
  }
}

bool is_parameter(const std::string& segment) { return segment.size() > 1 && segment[0] == ':'; }

// How exactly a segment of a pattern says what it takes.
int rank(const std::string& segment) { return segment == "*" ? 2 : is_parameter(segment) ? 1 : 0; }

bool is_closer(const Route& a, const Route& b) {
  return std::lexicographical_compare(a.segments.begin(), a.segments.end(), b.segments.begin(), b.segments.end(),
                                      [](const auto& x, const auto& y) { return rank(x) < rank(y); });
}

std::string joined(const std::vector<std::string>& segments, std::size_t first) {
  std::string text;
  for (std::size_t i = first; i < segments.size(); ++i) text += (i == first ? "" : "/") + segments[i];
  return text;
}

// `path`: decoded segments.
bool fits(const Route& route, const std::vector<std::string>& path, std::map<std::string, std::string>& params) {
  params.clear();
  for (std::size_t i = 0; i < route.segments.size(); ++i) {
    const std::string& segment = route.segments[i];
    if (segment == "*") {
      params["*"] = joined(path, i);
      return true;
    }
    if (i >= path.size()) return false;
    if (is_parameter(segment)) {
      if (path[i].empty()) return false;
      params[segment.substr(1)] = path[i];
    } else if (segment != path[i]) {
      return false;
    }
  }
  return path.size() == route.segments.size();
}

// Nothing for a path that cannot be decoded.
std::optional<std::vector<std::string>> decoded_segments(std::string_view raw_path) {
  if (!raw_path.starts_with('/')) return std::nullopt;
  std::vector<std::string> segments = split_path(raw_path);
  for (std::string& segment : segments) {
    auto decoded = percent_decode(segment, false);
    if (!decoded) return std::nullopt;
    segment = std::move(*decoded);
  }
  return segments;
}

std::string plain_error(int, std::string_view message) {
  return nlohmann::json{{"error", message}}.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

}  // namespace

Router::Router() { errors_.emplace_back("", plain_error); }

void Router::add(std::string_view method, std::string_view pattern, Scope scope, Handler handler,
                 RouteOptions options) {
  SOTTO_CHECK(pattern.starts_with('/') && handler);
  insert({std::string(method), split_path(pattern), scope, options, std::move(handler), nullptr, {}});
}

void Router::add_socket(std::string_view pattern, Scope scope, SocketOpener opener,
                        std::vector<std::string> subprotocols, RouteOptions options) {
  SOTTO_CHECK(pattern.starts_with('/') && opener && !options.stream_body);
  insert({"GET", split_path(pattern), scope, options, nullptr, std::move(opener), std::move(subprotocols)});
}

void Router::insert(Route route) {
  const auto star = std::find(route.segments.begin(), route.segments.end(), "*");
  SOTTO_CHECK(star == route.segments.end() || star + 1 == route.segments.end());
  for (const Route& other : routes_) SOTTO_CHECK(other.method != route.method || other.segments != route.segments);
  routes_.push_back(std::move(route));
}

void Router::set_errors(std::string prefix, ErrorBody body) {
  errors_.emplace_back(std::move(prefix), std::move(body));
}

Match Router::find(std::string_view method, std::string_view raw_path) const {
  Match match;
  const auto path = decoded_segments(raw_path);
  if (!path) return match;
  bool exact_method = false;
  std::map<std::string, std::string> params;
  for (const Route& route : routes_) {
    const bool same = route.method == method;
    if (!same && !(method == "HEAD" && route.method == "GET" && !exact_method)) continue;
    if (!fits(route, *path, params)) continue;
    if (match.route && same == exact_method && !is_closer(route, *match.route)) continue;
    exact_method = same;
    match.route = &route;
    match.params = params;
  }
  if (!match.route) match.allowed = methods(raw_path);
  return match;
}

std::vector<std::string> Router::methods(std::string_view raw_path) const {
  std::vector<std::string> found;
  const auto path = decoded_segments(raw_path);
  std::map<std::string, std::string> params;
  for (const Route& route : routes_) {
    if (!path || !fits(route, *path, params)) continue;
    found.push_back(route.method);
    if (route.method == "GET") found.emplace_back("HEAD");
  }
  std::sort(found.begin(), found.end());
  found.erase(std::unique(found.begin(), found.end()), found.end());
  return found;
}

std::string Router::error_body(std::string_view raw_path, int status, std::string_view message) const {
  const auto* best = &errors_.front();
  for (const auto& candidate : errors_) {
    if (raw_path.starts_with(candidate.first) && candidate.first.size() >= best->first.size()) best = &candidate;
  }
  return best->second(status, message);
}

void send_error(const Router& router, const Request& request, Reply& reply, int status, std::string_view message) {
  reply.send(status, "application/json", router.error_body(request.path, status, message));
}

}  // namespace sotto::http
