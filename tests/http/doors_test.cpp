#include "http/doors.h"

#include <gtest/gtest.h>

namespace sotto::http {
namespace {

constexpr std::uint16_t kPort = 11434;

struct Bind {
  const char* address;
  bool tls;
  const char* local_address;  // that a client in the same network connected to
};
constexpr Bind kBinds[] = {
    {"127.0.0.1", false, "127.0.0.1"}, {"::1", false, "::1"},
    {"127.0.0.1", true, "127.0.0.1"},  {"192.168.1.5", false, "192.168.1.5"},
    {"0.0.0.0", false, "192.168.1.5"}, {"0.0.0.0", true, "192.168.1.5"},
    {"::", false, "fd00::5"},
};

Doors doors_of(const Bind& bind, std::vector<std::string> hosts = {}, std::vector<std::string> origins = {}) {
  auto doors = make_doors(bind.address, kPort, bind.tls, hosts, origins);
  EXPECT_TRUE(doors) << doors.error().message;
  return *doors;
}

Headers fields(std::initializer_list<std::pair<const char*, std::string>> list) {
  Headers headers;
  for (const auto& [name, value] : list) headers.add(name, value);
  return headers;
}

int status(const Doors& doors, const Bind& bind, const Headers& headers, const char* method = "GET",
           bool body = false) {
  const auto refusal = refuse(doors, {method, headers, false, body, bind.local_address});
  return refusal ? refusal->status : 0;
}

TEST(Doors, ForeignHostsAreRefusedInEveryModeWithEveryMethod) {
  const char* foreign[] = {"evil.example",   "evil.example:11434", "localhost.evil.example",
                           "localhost:80",   "localhost:11435",    "127.0.0.1.evil.example:11434",
                           "10.9.8.7:11434", "[fd00::6]:11434",    "192.168.1.5.nip.example",
                           "xlocalhost",     "169.254.169.254",    "ollama",
                           "2130706433",     "0x7f000001"};
  for (const Bind& bind : kBinds) {
    const Doors doors = doors_of(bind);
    for (const char* host : foreign) {
      for (const char* method : {"GET", "HEAD", "POST", "OPTIONS", "DELETE"}) {
        EXPECT_EQ(status(doors, bind, fields({{"Host", host}}), method), 403) << bind.address << " " << host;
        const auto with_page = fields({{"Host", host}, {"Origin", std::string("http://") + host}});
        EXPECT_EQ(status(doors, bind, with_page, method), 403) << "rebound: " << host;
      }
    }
  }
}

TEST(Doors, OwnHostsMayComeInWithTheRightPortOrNone) {
  for (const Bind& bind : kBinds) {
    const Doors doors = doors_of(bind);
    for (const char* host :
         {"localhost", "LOCALHOST", "chat.localhost", "127.0.0.1", "127.3.2.1", "[::1]", "localhost."}) {
      EXPECT_EQ(status(doors, bind, fields({{"Host", host}})), 0) << host;
      EXPECT_EQ(status(doors, bind, fields({{"Host", std::string(host) + ":11434"}})), 0) << host;
    }
    const std::string own = bind.local_address;
    const std::string host = own.find(':') == std::string::npos ? own : "[" + own + "]";
    EXPECT_EQ(status(doors, bind, fields({{"Host", host + ":11434"}})), 0) << host;
  }
}

TEST(Doors, MalformedAndMissingHosts) {
  const Doors doors = doors_of(kBinds[0]);
  for (const char* host : {"", "localhost:011434", "localhost:", "localhost:99999", "a b", "[::1", "user@localhost"}) {
    EXPECT_EQ(status(doors, kBinds[0], fields({{"Host", host}})), 400) << host;
  }
  EXPECT_EQ(status(doors, kBinds[0], fields({})), 400);
  EXPECT_EQ(status(doors, kBinds[0], fields({{"Host", "localhost"}, {"Host", "localhost"}})), 400);
  const Headers none;
  EXPECT_FALSE(refuse(doors, {"GET", none, true})) << "HTTP/1.0 has no Host";
  const Headers page = fields({{"Origin", "http://localhost:11434"}});
  EXPECT_TRUE(refuse(doors, {"GET", page, true})) << "the same as what?";
}

TEST(Doors, ConfiguredHosts) {
  const Bind& bind = kBinds[4];
  const Doors doors = doors_of(bind, {"box.lan", "proxy.example:8443"});
  EXPECT_EQ(status(doors, bind, fields({{"Host", "Box.lan"}})), 0);
  EXPECT_EQ(status(doors, bind, fields({{"Host", "box.lan:11434"}})), 0);
  EXPECT_EQ(status(doors, bind, fields({{"Host", "box.lan:8443"}})), 403);
  EXPECT_EQ(status(doors, bind, fields({{"Host", "proxy.example:8443"}})), 0);
  EXPECT_EQ(status(doors, bind, fields({{"Host", "proxy.example"}})), 403);
}

TEST(Doors, ForeignOriginsAreRefusedInEveryMode) {
  for (const Bind& bind : kBinds) {
    const Doors doors = doors_of(bind, {}, {"https://chat.example"});
    for (const char* origin : {"http://evil.example", "https://evil.example", "null", "", "http://localhost",
                               "https://localhost", "http://localhost:3000", "http://127.0.0.1:11434", "file://",
                               "http://chat.example", "https://chat.example:444", "https://chat.example.evil.example",
                               "chrome-extension://abc", "http://localhost:11434.evil.example"}) {
      for (const char* method : {"GET", "POST", "OPTIONS"}) {
        const auto headers = fields({{"Host", "localhost:11434"}, {"Origin", origin}});
        EXPECT_EQ(status(doors, bind, headers, method), 403) << bind.address << " " << origin;
      }
    }
    const std::string own = bind.tls ? "https://localhost:11434" : "http://localhost:11434";
    const std::string other_scheme = bind.tls ? "http://localhost:11434" : "https://localhost:11434";
    EXPECT_EQ(status(doors, bind, fields({{"Host", "localhost:11434"}, {"Origin", own}})), 0);
    EXPECT_EQ(status(doors, bind, fields({{"Host", "localhost:11434"}, {"Origin", other_scheme}})), 403);
    EXPECT_EQ(status(doors, bind, fields({{"Host", "localhost:11434"}, {"Origin", "https://chat.example"}})), 0);
    EXPECT_EQ(status(doors, bind, fields({{"Host", "localhost"}, {"Origin", own}, {"Origin", own}})), 400);
  }
}

TEST(Doors, AnOriginWithoutPortIsOwnOnTheDefaultPortAlone) {
  for (const bool tls : {false, true}) {
    const std::uint16_t port = tls ? 443 : 80;
    auto doors = make_doors("127.0.0.1", port, tls, {}, {});
    ASSERT_TRUE(doors);
    const std::string origin = tls ? "https://localhost" : "http://localhost";
    const std::string other = tls ? "http://localhost" : "https://localhost";
    EXPECT_EQ(status(*doors, kBinds[0], fields({{"Host", "localhost"}, {"Origin", origin}})), 0);
    EXPECT_EQ(status(*doors, kBinds[0], fields({{"Host", "localhost"}, {"Origin", other}})), 403);
  }
}

TEST(Doors, PatternsOfOrigins) {
  const Doors doors = doors_of(kBinds[0], {}, {"http://localhost:*", "vscode-webview://*", "app://obsidian.md"});
  EXPECT_TRUE(is_configured_origin(doors, "http://localhost:3000"));
  EXPECT_TRUE(is_configured_origin(doors, "http://localhost"));
  EXPECT_FALSE(is_configured_origin(doors, "https://localhost:3000"));
  EXPECT_FALSE(is_configured_origin(doors, "http://localhost.evil.example:3000"));
  EXPECT_TRUE(is_configured_origin(doors, "vscode-webview://1f2e"));
  EXPECT_TRUE(is_configured_origin(doors, "app://obsidian.md"));
  EXPECT_FALSE(is_configured_origin(doors, "app://other"));
  for (const char* bad : {"*", "http://*", "https://*", "null", "localhost:3000", "http://a:1:*", "http://*.example"}) {
    EXPECT_FALSE(make_doors("127.0.0.1", kPort, false, {}, {bad})) << bad;
  }
  EXPECT_FALSE(make_doors("127.0.0.1", kPort, false, {"a b"}, {}));
}

TEST(Doors, CrossSiteRequestsOfBrowsers) {
  const Doors doors = doors_of(kBinds[0], {}, {"https://chat.example"});
  EXPECT_EQ(status(doors, kBinds[0], fields({{"Host", "localhost"}, {"Sec-Fetch-Site", "cross-site"}})), 403);
  for (const char* site : {"same-origin", "same-site", "none"}) {
    EXPECT_EQ(status(doors, kBinds[0], fields({{"Host", "localhost"}, {"Sec-Fetch-Site", site}})), 0) << site;
  }
  const auto page =
      fields({{"Host", "localhost"}, {"Origin", "https://chat.example"}, {"Sec-Fetch-Site", "cross-site"}});
  EXPECT_EQ(status(doors, kBinds[0], page), 0);
}

TEST(Doors, BodiesThatPagesSendWithoutAsking) {
  const Doors doors = doors_of(kBinds[0]);
  const auto with = [&](const char* type, bool browser) {
    Headers headers = fields({{"Host", "localhost"}});
    if (*type) headers.add("Content-Type", type);
    if (browser) headers.add("Sec-Fetch-Site", "same-origin");
    return status(doors, kBinds[0], headers, "POST", true);
  };
  for (const bool browser : {false, true}) {
    EXPECT_EQ(with("application/json", browser), 0);
    EXPECT_EQ(with("application/json; charset=utf-8", browser), 0);
    EXPECT_EQ(with("text/plain", browser), 415);
    EXPECT_EQ(with("Text/Plain; charset=utf-8", browser), 415);
    EXPECT_EQ(with("application/x-www-form-urlencoded", browser), browser ? 415 : 0);
    EXPECT_EQ(with("multipart/form-data; boundary=x", browser), browser ? 415 : 0);
    EXPECT_EQ(with("", browser), browser ? 415 : 0);
  }
  EXPECT_EQ(status(doors, kBinds[0], fields({{"Host", "localhost"}, {"Origin", "http://localhost:11434"}}), "POST"), 0)
      << "no body at all";
}

TEST(Doors, ScopesByBindModeAndToken) {
  for (const Bind& bind : kBinds) {
    const Doors doors = doors_of(bind);
    const auto status_of = [&](bool tokens, Scope route, Scope shown) {
      const auto refusal = refuse_scope(doors, tokens, route, shown);
      return refusal ? refusal->status : 0;
    };
    const bool beyond = !doors.loopback;
    for (const bool tokens : {false, true}) {
      for (const Scope shown : {Scope::kOpen, Scope::kChat, Scope::kAdmin}) {
        EXPECT_EQ(status_of(tokens, Scope::kOpen, shown), 0);
      }
      EXPECT_EQ(status_of(tokens, Scope::kChat, Scope::kOpen), beyond ? 401 : 0) << bind.address;
      EXPECT_EQ(status_of(tokens, Scope::kChat, Scope::kChat), 0);
      EXPECT_EQ(status_of(tokens, Scope::kChat, Scope::kAdmin), 0);
      EXPECT_EQ(status_of(tokens, Scope::kAdmin, Scope::kOpen), beyond || tokens ? 401 : 0) << bind.address;
      EXPECT_EQ(status_of(tokens, Scope::kAdmin, Scope::kChat), beyond || tokens ? 403 : 0) << bind.address;
      EXPECT_EQ(status_of(tokens, Scope::kAdmin, Scope::kAdmin), 0);
    }
  }
}

TEST(Doors, PreflightsOfConfiguredOriginsAlone) {
  const Doors doors = doors_of(kBinds[0], {}, {"https://chat.example"});
  const auto answer = [&](const char* origin, const char* asked) {
    const Headers headers = fields({{"Host", "localhost"},
                                    {"Origin", origin},
                                    {"Access-Control-Request-Method", "POST"},
                                    {"Access-Control-Request-Headers", asked}});
    Headers got;
    for (const Header& field : preflight_fields(doors, {"OPTIONS", headers}, {"GET", "POST"}))
      got.add(field.name, field.value);
    return got;
  };
  const Headers allowed = answer("https://chat.example", "authorization,content-type");
  ASSERT_NE(allowed.find("Access-Control-Allow-Origin"), nullptr);
  EXPECT_EQ(*allowed.find("Access-Control-Allow-Origin"), "https://chat.example");
  EXPECT_EQ(*allowed.find("Access-Control-Allow-Methods"), "GET, POST");
  EXPECT_EQ(*allowed.find("Access-Control-Allow-Headers"), "authorization,content-type");
  EXPECT_EQ(*allowed.find("Vary"), "Origin");
  EXPECT_EQ(answer("https://chat.example", "a: b").find("Access-Control-Allow-Headers"), nullptr);
  EXPECT_TRUE(answer("http://localhost:11434", "a").all().empty());
  EXPECT_TRUE(answer("https://evil.example", "a").all().empty());
}

}  // namespace
}  // namespace sotto::http
