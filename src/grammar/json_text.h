// How a grammar writes JSON: blanks, strings with their escapes, numbers, and values of any kind. Knows no schemas.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <utility>

#include "grammar/builder.h"
#include "grammar/dfa.h"
#include "grammar/json_value.h"

namespace sotto::grammar {

// A name or text as JSON writes it, in quotes; only what must be is escaped.
std::string json_quoted(std::string_view text);
// A number without exponent where it has few digits, and without zeros that say nothing.
std::string canonical_number(std::string_view written);

// Adds to a builder that outlives it. Blanks stand where people and libraries put them: one or a new line with an
// indentation after what opens and after a comma, and before what closes; one after a colon. Not thread-safe.
class JsonText {
 public:
  static constexpr int kMostIndent = 40, kMostTabs = 10;

  explicit JsonText(Builder& builder);

  Rule any() const { return any_; }
  Rule object() const { return object_; }
  Rule array() const { return array_; }
  Rule string() const { return string_; }    // with every escape there is
  Rule number() const { return number_; }    // exponents of up to two digits
  Rule integer() const { return integer_; }  // neither fraction nor exponent
  Rule gap() const { return gap_; }

  // A string that `language` accepts. Of escapes, only those that must be.
  void add_string(Node from, const Dfa& language, Node to);
  // This value and no other.
  void add_value(Node from, const JsonValue& value, Node to);
  // A language of plain letters.
  void add_plain(Node from, const Dfa& language, Node to);

  // The nodes after these, blanks included.
  Node after_open(Node from, char bracket);
  Node after_comma(Node from);
  Node after_name(Node from, std::string_view name);  // with its colon
  Node after_name(Node from, const Dfa& language);
  void add_close(Node from, char bracket, Node to);

 private:
  void define_gap();
  void define_string();
  void define_numbers();
  void define_containers();
  Node after_colon(Node from);
  void add_points(Node from, const CodePoints& points, Node to);
  Node escapes(const CodePoints& points, Node to);
  void add_items(Node from, const JsonValue& value, Node to);

  Builder& builder_;
  Rule gap_, string_, number_, integer_, any_, object_, array_;
  std::map<std::pair<std::string, Node>, Node> escapes_;  // after a backslash: what may be escaped, and where it leads
};

}  // namespace sotto::grammar
