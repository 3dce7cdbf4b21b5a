#include "http/doors.h"

#include <algorithm>

#include "http/target.h"

namespace sotto::http {
namespace {

constexpr std::string_view kAnyHost = "*";

bool is_own_host(const Doors& doors, const Knock& knock, const Authority& named) {
  const bool own = is_loopback_host(named.host) || named.host == doors.address || named.host == knock.local_address;
  if (own && named.port.value_or(doors.port) == doors.port) return true;
  return std::any_of(doors.hosts.begin(), doors.hosts.end(), [&](const Authority& allowed) {
    if (allowed.host != named.host) return false;
    return allowed.port ? named.port == allowed.port : named.port.value_or(doors.port) == doors.port;
  });
}

std::optional<Refusal> refuse_host(const Doors& doors, const Knock& knock, std::optional<Authority>& host) {
  const std::string* value = knock.headers.find("host");
  if (knock.headers.count("host") > 1) return Refusal{400, "a request has one Host field, this one has several"};
  if (!value) {
    if (knock.http_1_0) return std::nullopt;
    return Refusal{400, "HTTP/1.1 needs a Host field"};
  }
  host = parse_authority(*value);
  if (!host)
    return Refusal{400, "the Host " + shown(*value) + " is not valid: expected a name or an address, and a port"};
  if (is_own_host(doors, knock, *host)) return std::nullopt;
  return Refusal{403,
                 "the Host " + shown(*value) +
                     " is not this server, so that another site may have led a browser here; if the name is right, "
                     "allow it in the server's settings"};
}

// Scheme, host and port of the page are those that this request was sent to.
bool is_same_origin(const Doors& doors, const std::optional<Authority>& host, const Origin& origin) {
  return host && origin.scheme == (doors.tls ? "https" : "http") && origin.authority.host == host->host &&
         origin.port() == host->port.value_or(doors.port);
}

std::optional<Refusal> refuse_origin(const Doors& doors, const Knock& knock, const std::optional<Authority>& host) {
  const std::string* value = knock.headers.find("origin");
  if (knock.headers.count("origin") > 1)
    return Refusal{400, "a request has at most one Origin field, this one has several"};
  const bool configured = value && is_configured_origin(doors, *value);
  if (value && !configured) {
    const auto origin = parse_origin(*value);
    if (!origin || !is_same_origin(doors, host, *origin)) {
      return Refusal{403, "pages of the Origin " + shown(*value) +
                              " may not use this server; if they should, allow it in the server's settings"};
    }
  }
  const auto& fields = knock.headers.all();
  const bool cross_site = std::any_of(fields.begin(), fields.end(), [](const Header& field) {
    return same_word(field.name, "sec-fetch-site") && same_word(field.value, "cross-site");
  });
  if (!cross_site || configured) return std::nullopt;
  return Refusal{403, "another site led the browser here (Sec-Fetch-Site: cross-site); open the address itself"};
}

bool is_from_browser(const Headers& headers) {
  return std::any_of(headers.all().begin(), headers.all().end(), [](const Header& field) {
    return same_word(field.name, "origin") || same_word(field.name.substr(0, 10), "sec-fetch-");
  });
}

// A page may send bodies of some types anywhere without asking first ("simple" ones in the Fetch standard); so they are
// not taken from browsers. Text is taken from nobody. Forms are taken from other programs, because `curl -d` calls
// everything a form.
std::optional<Refusal> refuse_body(const Knock& knock) {
  if (knock.method != "POST") return std::nullopt;
  const std::string* value = knock.headers.find("content-type");
  std::string_view type = value ? std::string_view(*value) : std::string_view();
  type = type.substr(0, type.find(';'));
  while (type.ends_with(' ') || type.ends_with('\t')) type.remove_suffix(1);
  const bool form = same_word(type, "application/x-www-form-urlencoded") || same_word(type, "multipart/form-data");
  const bool unnamed = type.empty() && knock.has_body;
  if (!same_word(type, "text/plain") && !((form || unnamed) && is_from_browser(knock.headers))) return std::nullopt;
  return Refusal{415, "the body must be sent as Content-Type: application/json"};
}

// "http://localhost:*" and "vscode-webview://*" as patterns, everything else as it stands.
std::optional<Origin> parse_allowed_origin(std::string_view text) {
  const bool any_port = text.ends_with(":*");
  const bool any_host = text.ends_with("://*");
  if (any_host) {
    auto origin = parse_origin(std::string(text.substr(0, text.size() - 1)) + "x");
    if (!origin || origin->scheme == "http" || origin->scheme == "https") return std::nullopt;
    origin->authority.host = kAnyHost;
    return origin;
  }
  auto origin = parse_origin(any_port ? text.substr(0, text.size() - 2) : text);
  if (!origin || (any_port && origin->authority.port)) return std::nullopt;
  origin->authority.port = any_port ? 0 : origin->port();
  return origin;
}

bool is_token_list(std::string_view text) {
  return text.size() <= 1024 && std::all_of(text.begin(), text.end(), [](char byte) {
           return (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z') || (byte >= '0' && byte <= '9') ||
                  byte == '-' || byte == '_' || byte == ',' || byte == ' ';
         });
}

}  // namespace

Result<Doors> make_doors(const std::string& address, std::uint16_t port, bool tls,
                         const std::vector<std::string>& hosts, const std::vector<std::string>& origins) {
  Doors doors{address, port, is_loopback_address(address), tls, {}, {}};
  for (const std::string& text : hosts) {
    const auto host = parse_authority(text);
    if (!host) {
      return Unexpected(ErrorCode::kBadRequest, "allowed host " + shown(text) +
                                                    " is not valid: expected a name such as box.lan or box.lan:8443");
    }
    doors.hosts.push_back(*host);
  }
  for (const std::string& text : origins) {
    const auto origin = parse_allowed_origin(text);
    if (!origin) {
      const bool all = text.find('*') != std::string::npos;
      return Unexpected(ErrorCode::kBadRequest,
                        "allowed origin " + shown(text) + " is not valid: " +
                            (all ? "with it any web page could use this server; name the pages that may"
                                 : "expected one such as https://chat.example or http://localhost:3000"));
    }
    doors.origins.push_back(*origin);
  }
  return doors;
}

bool is_configured_origin(const Doors& doors, std::string_view origin) {
  const auto named = parse_origin(origin);
  return named && std::any_of(doors.origins.begin(), doors.origins.end(), [&](const Origin& allowed) {
           const bool host = allowed.authority.host == kAnyHost || allowed.authority.host == named->authority.host;
           const bool any_port = allowed.authority.host == kAnyHost || allowed.authority.port == 0;
           return allowed.scheme == named->scheme && host && (any_port || allowed.port() == named->port());
         });
}

std::optional<Refusal> refuse(const Doors& doors, const Knock& knock) {
  std::optional<Authority> host;
  if (auto refusal = refuse_host(doors, knock, host)) return refusal;
  if (auto refusal = refuse_origin(doors, knock, host)) return refusal;
  return refuse_body(knock);
}

std::optional<Refusal> refuse_scope(const Doors& doors, bool has_tokens, Scope route, Scope shown) {
  const bool needed = route == Scope::kAdmin ? has_tokens || !doors.loopback : route == Scope::kChat && !doors.loopback;
  if (!needed || shown >= route) return std::nullopt;
  const std::string scope(scope_name(route));
  if (shown == Scope::kOpen) {
    return Refusal{401, "this needs a token of scope " + scope + ", sent as Authorization: Bearer TOKEN"};
  }
  return Refusal{403, "this needs a token of scope " + scope + ", and the one that was sent has scope " +
                          std::string(scope_name(shown))};
}

std::vector<Header> cors_fields(const Doors& doors, const Headers& request) {
  const std::string* origin = request.find("origin");
  if (!origin || !is_configured_origin(doors, *origin)) return {};
  return {{"Access-Control-Allow-Origin", *origin}, {"Access-Control-Expose-Headers", "*"}, {"Vary", "Origin"}};
}

std::vector<Header> preflight_fields(const Doors& doors, const Knock& knock, const std::vector<std::string>& methods) {
  if (knock.method != "OPTIONS" || !knock.headers.find("access-control-request-method")) return {};
  std::vector<Header> fields = cors_fields(doors, knock.headers);
  if (fields.empty()) return {};
  std::string list;
  for (const std::string& method : methods) list += (list.empty() ? "" : ", ") + method;
  fields.push_back({"Access-Control-Allow-Methods", list});
  fields.push_back({"Access-Control-Max-Age", "600"});
  const std::string* asked = knock.headers.find("access-control-request-headers");
  if (asked && is_token_list(*asked)) fields.push_back({"Access-Control-Allow-Headers", *asked});
  if (knock.headers.find("access-control-request-private-network")) {
    fields.push_back({"Access-Control-Allow-Private-Network", "true"});
  }
  return fields;
}

}  // namespace sotto::http
