#include "catalog/download/simple_html.h"

#include <time.h>

#include <gtest/gtest.h>

namespace sotto::catalog {
namespace {

using Links = std::vector<std::string>;

TEST(SimpleHtml, Anchors) {
  EXPECT_EQ(links_in_html("<html><A HREF = \"a\">x</a> <a class='b>c' href='d&amp;e'\n>f</a><a href=g/>"),
            (Links{"a", "d&e", "g/"}));
  EXPECT_EQ(links_in_html("<a\thref=\"x#sha256=1&#43;2\">"), Links{"x#sha256=1+2"});
  EXPECT_EQ(links_in_html("<abbr href='no'><b href='no'><p><a name='x'>"), Links{});
}

TEST(SimpleHtml, AnyBytes) {
  for (std::string_view page :
       {"", "<", "<a", "<a ", "<a href", "<a href=", "<a href='x", "<a =x>", "<a <a <a ", "<a href=\"\xff\x01\">"}) {
    links_in_html(page);
  }
  EXPECT_EQ(links_in_html("<a href=x"), Links{"x"});
  EXPECT_EQ(links_in_html("< a href=x><a href='&unknown;&'>"), Links{"&unknown;&"});
}

// Processor time of the thread, so that a busy machine does not matter.
double seconds_for(const std::string& piece, std::size_t bytes) {
  std::string page;
  while (page.size() < bytes) page += piece;
  auto now = [] {
    timespec time;
    ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
    return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_nsec) * 1e-9;
  };
  double start = now();
  links_in_html(page);
  return now() - start;
}

TEST(SimpleHtml, LinearInTheLength) {
  for (const char* piece : {"<a ", "<a href='", "<", "<a href=x y='>", "&&&&"}) {
    // Eight times the length: 8 times as long when linear, 64 times when quadratic.
    double small_s = seconds_for(piece, 128 << 10), large_s = seconds_for(piece, 1 << 20);
    EXPECT_LT(large_s, 24 * small_s + 0.02) << piece;
  }
}

}  // namespace
}  // namespace sotto::catalog
