#include "http/admission.h"

#include <gtest/gtest.h>

namespace sotto::http {
namespace {

// The SHA-256 of "abc" (FIPS 180-4).
constexpr std::array<std::uint8_t, 32> kAbcSum = {0xba, 0x78, 0x16, 0xbf, 0x8f, 0x01, 0xcf, 0xea, 0x41, 0x41, 0x40,
                                                  0xde, 0x5d, 0xae, 0x22, 0x23, 0xb0, 0x03, 0x61, 0xa3, 0x96, 0x17,
                                                  0x7a, 0x9c, 0xb4, 0x10, 0xff, 0x61, 0xf2, 0x00, 0x15, 0xad};

struct House {
  Doors doors;
  Router router;
  std::vector<Token> tokens;

  explicit House(const std::string& address = "127.0.0.1") {
    doors = *make_doors(address, 11434, false, {}, {"https://chat.example"});
    const auto nothing = [](Request&, Reply&) {};
    router.add("GET", "/", Scope::kOpen, nothing);
    router.add("POST", "/api/chat", Scope::kChat, nothing, {.max_body_bytes = 100});
    router.add("DELETE", "/api/delete/:name", Scope::kAdmin, nothing);
    router.set_errors("/v1", [](int, std::string_view) { return std::string("v1"); });
  }

  Admission ask(const char* method, const char* target, std::vector<Header> fields = {},
                std::uint64_t length = 0) const {
    Head head{method, target, false, {}, length, false};
    head.headers.add("Host", "localhost");
    for (const Header& field : fields) head.headers.add(field.name, field.value);
    return admit({doors, router, tokens}, head, {"10.0.0.9", "10.0.0.1"});
  }
  int status(const char* method, const char* target, std::vector<Header> fields = {}, std::uint64_t length = 0) const {
    const Admission admission = ask(method, target, std::move(fields), length);
    EXPECT_NE(admission.route != nullptr, admission.answer.has_value());
    return admission.answer ? admission.answer->status : 0;
  }
};

std::string field(const Answer& answer, std::string_view name) {
  for (const Header& header : answer.fields) {
    if (same_word(header.name, name)) return header.value;
  }
  return "";
}

TEST(Admission, FillsTheRequest) {
  const House house;
  const Admission admission = house.ask("DELETE", "/api/delete/a%20b?x=y");
  ASSERT_NE(admission.route, nullptr);
  EXPECT_EQ(admission.request.method, "DELETE");
  EXPECT_EQ(admission.request.path, "/api/delete/a b");
  EXPECT_EQ(admission.request.params.at("name"), "a b");
  EXPECT_EQ(admission.request.query.at("x"), "y");
  EXPECT_EQ(admission.request.client, "10.0.0.9");
  EXPECT_NE(admission.request.headers.find("host"), nullptr);
}

TEST(Admission, UnknownPathsAndMethods) {
  const House house;
  EXPECT_EQ(house.status("GET", "/nothing"), 404);
  EXPECT_EQ(house.ask("GET", "/v1/nothing").answer->body, "v1");
  const auto wrong = house.ask("GET", "/api/chat").answer;
  ASSERT_TRUE(wrong);
  EXPECT_EQ(wrong->status, 405);
  EXPECT_EQ(field(*wrong, "Allow"), "POST");
  EXPECT_EQ(house.status("GET", "/%zz"), 400);
  EXPECT_EQ(house.ask("GET", "/v1/models?a=%zz").answer->body, "v1")
      << "in the form of its API, though it is no address";
}

TEST(Admission, ForeignHostsOnUnknownPathsToo) {
  const House house;
  for (const char* path : {"/", "/api/chat", "/nothing", "/%zz"}) {
    Head head{"GET", path, false, {}, {}, false};
    head.headers.add("Host", "evil.example");
    const Admission admission = admit({house.doors, house.router, house.tokens}, head, {"1.1.1.1", "1.1.1.2"});
    ASSERT_TRUE(admission.answer) << path;
    EXPECT_EQ(admission.answer->status, 403) << path;
  }
}

TEST(Admission, AWholeAddressMustNameTheHost) {
  const House house;
  EXPECT_EQ(house.status("GET", "http://localhost/"), 0);
  EXPECT_EQ(house.status("GET", "http://evil.example/"), 400);
}

TEST(Admission, TokensOfBothKindsOfFields) {
  House house("0.0.0.0");
  house.tokens = {{"laptop", Scope::kChat, kAbcSum}};
  EXPECT_EQ(house.status("POST", "/api/chat"), 401);
  EXPECT_EQ(field(*house.ask("POST", "/api/chat").answer, "WWW-Authenticate"), "Bearer");
  EXPECT_EQ(house.status("POST", "/api/chat", {{"Authorization", "Bearer abd"}}), 401);
  EXPECT_EQ(house.status("POST", "/api/chat", {{"Authorization", "abc"}}), 401);
  EXPECT_EQ(house.status("POST", "/api/chat", {{"Authorization", "Basic abc"}}), 401);
  EXPECT_EQ(house.status("POST", "/api/chat", {{"Authorization", "bearer abc"}}), 0);
  EXPECT_EQ(house.status("POST", "/api/chat", {{"Authorization", "Bearer none"}, {"x-api-key", "abc"}}), 0);
  EXPECT_EQ(house.ask("POST", "/api/chat", {{"x-api-key", "abc"}}).request.client, "laptop");
  EXPECT_EQ(house.status("DELETE", "/api/delete/a", {{"x-api-key", "abc"}}), 403);
  EXPECT_EQ(house.status("GET", "/"), 0);
}

TEST(Admission, OnLoopbackATokenThatIsNotKnownDoesNotMatter) {
  const House house;
  EXPECT_EQ(house.status("POST", "/api/chat", {{"Authorization", "Bearer ollama"}}), 0);
  EXPECT_EQ(house.ask("POST", "/api/chat", {{"Authorization", "Bearer ollama"}}).request.scope, Scope::kOpen);
}

TEST(Admission, BodiesAndExpectations) {
  const House house;
  EXPECT_EQ(house.status("POST", "/api/chat", {}, 100), 0);
  EXPECT_EQ(house.status("POST", "/api/chat", {}, 101), 413);
  EXPECT_EQ(house.status("POST", "/api/chat", {{"Expect", "100-Continue"}}, 1), 0);
  EXPECT_EQ(house.status("POST", "/api/chat", {{"Expect", "miracles"}}, 1), 417);
}

TEST(Admission, OptionsAndPreflights) {
  const House house;
  const auto plain = house.ask("OPTIONS", "/api/chat").answer;
  ASSERT_TRUE(plain);
  EXPECT_EQ(plain->status, 204);
  EXPECT_EQ(field(*plain, "Allow"), "POST");
  EXPECT_EQ(field(*plain, "Access-Control-Allow-Origin"), "");
  const std::vector<Header> asked{{"Origin", "https://chat.example"}, {"Access-Control-Request-Method", "POST"}};
  EXPECT_EQ(field(*house.ask("OPTIONS", "/api/chat", asked).answer, "Access-Control-Allow-Methods"), "POST");
  const auto missing = house.ask("GET", "/nothing", {{"Origin", "https://chat.example"}}).answer;
  EXPECT_EQ(field(*missing, "Access-Control-Allow-Origin"), "https://chat.example") << "so that the page sees why";
  EXPECT_EQ(house.ask("GET", "/", {{"Origin", "https://chat.example"}}).fields.size(), 3u);
}

}  // namespace
}  // namespace sotto::http
