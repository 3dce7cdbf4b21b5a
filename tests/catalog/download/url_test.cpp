#include "catalog/download/url.h"

#include <gtest/gtest.h>

namespace sotto::catalog {
namespace {

TEST(Url, EncryptedOrWithinThisMachine) {
  for (const char* good : {"https://example.org/a", "HTTPS://example.org", "http://127.0.0.1:8080/x",
                           "http://127.9.9.9/", "http://localhost/x", "http://[::1]:3/x", "http://127.1/"}) {
    EXPECT_TRUE(check_url(good)) << good;
  }
  for (const char* bad : {"http://example.org/", "http://127.0.0.1.example.org/", "http://localhost.example.org",
                          "http://127.0.0.1@example.org/", "http://10.0.0.1/", "file:///etc/passwd", "ftp://127.0.0.1/",
                          "gopher://127.0.0.1/", "example.org/a", "", "https://", "http://[::2]/", "/simple"}) {
    auto checked = check_url(bad);
    ASSERT_FALSE(checked) << bad;
    EXPECT_EQ(checked.error().code, ErrorCode::kBadRequest);
  }
}

TEST(Url, Joins) {
  std::string base = "https://example.org/simple/pkg/";
  EXPECT_EQ(*join_url(base, "../../files/a%2Bb.whl#sha256=1"), "https://example.org/files/a%2Bb.whl");
  EXPECT_EQ(*join_url(base, "https://other.org/a"), "https://other.org/a");
  EXPECT_EQ(*join_url(base, "//other.org/a"), "https://other.org/a");
  EXPECT_EQ(*join_url(base, "/a?b=c"), "https://example.org/a?b=c");
  EXPECT_FALSE(join_url(base, "https://"));
}

TEST(Url, CredentialsStayWithTheirServer) {
  std::string base = "https://ada:secret@example.org/simple/pkg/";
  EXPECT_EQ(*join_url(base, "../a.whl"), "https://ada:secret@example.org/simple/a.whl");
  EXPECT_EQ(*join_url(base, "https://example.org:443/a.whl"), "https://ada:secret@example.org:443/a.whl");
  for (const char* elsewhere : {"https://other.org/a", "http://example.org/a", "https://example.org:444/a"}) {
    EXPECT_EQ(*join_url(base, elsewhere), elsewhere);
  }
  EXPECT_EQ(*join_url(base, "https://bob@example.org/a"), "https://bob@example.org/a");
}

TEST(Url, ShownWithoutSecrets) {
  EXPECT_EQ(shown_url("https://ada:secret@example.org:8/a?token=1#x"), "https://example.org:8/a");
  EXPECT_EQ(shown_url("nonsense secret"), "(not an address)");
  EXPECT_EQ(check_url("http://ada:secret@example.org/?key=1").error().message.find("secret"), std::string::npos);
}

TEST(Url, Decodes) {
  EXPECT_EQ(percent_decode("a%2Bb%20c"), "a+b c");
  EXPECT_EQ(percent_decode("100%"), "100%");
}

}  // namespace
}  // namespace sotto::catalog
