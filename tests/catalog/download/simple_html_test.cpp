#include "catalog/download/simple_html.h"

#include <chrono>

#include <gtest/gtest.h>

namespace sotto::catalog {
namespace {

using Links = std::vector<std::string>;

TEST(SimpleHtml, Anchors) {
  EXPECT_EQ(
      links_in_html("<html><A HREF = \"a\">x</a> <a class='b>c' href='d&amp;e'\n>f</a><a href=g/>"),
      (Links{"a", "d&e", "g/"}));
  EXPECT_EQ(links_in_html("<a\thref=\"x#sha256=1&#43;2\">"), Links{"x#sha256=1+2"});
  EXPECT_EQ(links_in_html("<abbr href='no'><b href='no'><p><a name='x'>"), Links{});
}

TEST(SimpleHtml, AnyBytes) {
  for (std::string_view page : {"", "<", "<a", "<a ", "<a href", "<a href=", "<a href='x", "<a =x>",
                                "<a <a <a ", "<a href=\"\xff\x01\">"}) {
    links_in_html(page);
  }
  EXPECT_EQ(links_in_html("<a href=x"), Links{"x"});
  EXPECT_EQ(links_in_html("< a href=x><a href='&unknown;&'>"), Links{"&unknown;&"});
}

TEST(SimpleHtml, LinearInTheLength) {
  for (const char* piece : {"<a ", "<a href='", "<", "<a href=x y='>", "&&&&"}) {
    std::string page;
    while (page.size() < (4u << 20)) page += piece;
    auto start = std::chrono::steady_clock::now();
    links_in_html(page);
    EXPECT_LT(std::chrono::steady_clock::now() - start, std::chrono::seconds(5)) << piece;
  }
}

}  // namespace
}  // namespace sotto::catalog
