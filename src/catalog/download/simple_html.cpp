#include "catalog/download/simple_html.h"

#include <algorithm>
#include <array>
#include <utility>

#include "catalog/names.h"

namespace sotto::catalog {
namespace {

bool is_space(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == '\f'; }

// The references that occur in addresses.
std::string decode_references(std::string_view text) {
  constexpr std::array<std::pair<std::string_view, char>, 8> kReferences = {{
      {"&amp;", '&'},
      {"&lt;", '<'},
      {"&gt;", '>'},
      {"&quot;", '"'},
      {"&#39;", '\''},
      {"&#x27;", '\''},
      {"&#43;", '+'},
      {"&#x2b;", '+'},
  }};
  std::string decoded;
  while (!text.empty()) {
    std::size_t length = 1;
    char c = text.front();
    for (const auto& [reference, character] : kReferences) {
      if (c != '&' || to_lower(text.substr(0, reference.size())) != reference) continue;
      c = character;
      length = reference.size();
      break;
    }
    decoded += c;
    text.remove_prefix(length);
  }
  return decoded;
}

void skip_spaces(std::string_view& tag) {
  while (!tag.empty() && is_space(tag.front())) tag.remove_prefix(1);
}

// Takes what follows a "=" off the front: in quotes, or up to the next space.
std::string_view take_value(std::string_view& tag) {
  char quote = tag.empty() ? '\0' : tag.front();
  std::string_view ends = " \t\r\n\f";
  if (quote == '"' || quote == '\'') {
    tag.remove_prefix(1);
    ends = quote == '"' ? "\"" : "'";
  }
  std::string_view value = tag.substr(0, tag.find_first_of(ends));
  tag.remove_prefix(std::min(tag.size(), value.size() + 1));
  return value;
}

// Takes one attribute off the front of a tag's text: its name in lower case and its value.
std::pair<std::string, std::string> take_attribute(std::string_view& tag) {
  while (!tag.empty() && (is_space(tag.front()) || tag.front() == '/')) tag.remove_prefix(1);
  std::size_t end = std::min(tag.size(), tag.find_first_of("= \t\r\n\f"));
  std::string name = to_lower(tag.substr(0, end));
  tag.remove_prefix(end);
  skip_spaces(tag);
  if (tag.empty() || tag.front() != '=') return {name, ""};
  tag.remove_prefix(1);
  skip_spaces(tag);
  return {name, decode_references(take_value(tag))};
}

// Where the tag that begins at `page` ends: a ">" in a quoted value does not count.
std::size_t tag_end(std::string_view page) {
  char quote = '\0';
  for (std::size_t i = 0; i < page.size(); ++i) {
    if (quote) {
      quote = page[i] == quote ? '\0' : quote;
    } else if (page[i] == '"' || page[i] == '\'') {
      quote = page[i];
    } else if (page[i] == '>') {
      return i;
    }
  }
  return page.size();
}

}  // namespace

std::vector<std::string> links_in_html(std::string_view page) {
  std::vector<std::string> links;
  for (;;) {
    std::size_t start = page.find('<');
    if (start == std::string_view::npos || start + 2 >= page.size()) return links;
    page.remove_prefix(start);
    bool anchor = (page[1] == 'a' || page[1] == 'A') && is_space(page[2]);
    if (!anchor) {
      page.remove_prefix(1);
      continue;
    }
    std::size_t end = tag_end(page);
    std::string_view tag = page.substr(2, end - 2);
    while (!tag.empty()) {
      auto [name, value] = take_attribute(tag);
      if (name == "href") links.push_back(value);
    }
    page.remove_prefix(end);
  }
}

}  // namespace sotto::catalog
