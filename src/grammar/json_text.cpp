#include "grammar/json_text.h"

#include <fmt/format.h>
#include <vector>

#include "grammar/decimal.h"

namespace sotto::grammar {
namespace {

struct ShortEscape {
  char32_t point;
  char name;
};
constexpr ShortEscape kShortEscapes[] = {{'"', '"'},  {'\\', '\\'}, {'\b', 'b'}, {'\f', 'f'},
                                         {'\n', 'n'}, {'\r', 'r'},  {'\t', 't'}};

// What stands in a string as it is.
CodePoints unescaped() { return CodePoints({{0x20, 0x21}, {0x23, 0x5B}, {0x5D, kLastCodePoint}}); }

Expression hex() { return one_of({{'0', '9'}, {'A', 'F'}, {'a', 'f'}}); }
Expression hex_of(std::vector<CodeSpan> spans) { return one_of(std::move(spans)); }

// After a backslash: any escape, surrogates in pairs.
Expression any_escape() {
  const Expression high =
      sequence_of({hex_of({{'D', 'D'}, {'d', 'd'}}), hex_of({{'8', '9'}, {'A', 'B'}, {'a', 'b'}}), hex(), hex()});
  const Expression low =
      sequence_of({hex_of({{'D', 'D'}, {'d', 'd'}}), hex_of({{'C', 'F'}, {'c', 'f'}}), hex(), hex()});
  const Expression other = choice_of(
      {sequence_of({hex_of({{'0', '9'}, {'A', 'C'}, {'E', 'F'}, {'a', 'c'}, {'e', 'f'}}), hex(), hex(), hex()}),
       sequence_of({hex_of({{'D', 'D'}, {'d', 'd'}}), hex_of({{'0', '7'}}), hex(), hex()})});
  return choice_of(
      {one_of({{'"', '"'}, {'\\', '\\'}, {'/', '/'}, {'b', 'b'}, {'f', 'f'}, {'n', 'n'}, {'r', 'r'}, {'t', 't'}}),
       sequence_of({text_of("u"), choice_of({other, sequence_of({high, text_of("\\u"), low})})})});
}

}  // namespace

std::string json_quoted(std::string_view text) {
  std::string out = "\"";
  for (const char c : text) {
    const ShortEscape* known = nullptr;
    for (const ShortEscape& escape : kShortEscapes)
      if (static_cast<char32_t>(static_cast<unsigned char>(c)) == escape.point) known = &escape;
    if (known != nullptr) out += {'\\', known->name};
    else if (static_cast<unsigned char>(c) < 0x20) out += fmt::format("\\u{:04x}", c);
    else out += c;
  }
  return out + "\"";
}

std::string canonical_number(std::string_view written) {
  const auto number = read_decimal(written);
  if (!number || number->whole.size() > kMostWholeDigits || number->fraction.size() > kMostFractionDigits)
    return std::string(written);
  return (number->negative ? "-" : "") + number->whole + (number->fraction.empty() ? "" : "." + number->fraction);
}

JsonText::JsonText(Builder& builder)
    : builder_(builder),
      gap_(builder.add_rule("gap")),
      string_(builder.add_rule("string")),
      number_(builder.add_rule("number")),
      integer_(builder.add_rule("integer")),
      any_(builder.add_rule("value")),
      object_(builder.add_rule("object")),
      array_(builder.add_rule("array")) {
  define_gap();
  define_string();
  define_numbers();
  define_containers();
}

// Bounded, so that a model cannot go on with blanks for ever.
void JsonText::define_gap() {
  const Expression line = sequence_of(
      {text_of("\n"), choice_of({repeat(text_of(" "), 0, kMostIndent), repeat(text_of("\t"), 1, kMostTabs)})});
  builder_.add(builder_.start_of(gap_), optional(choice_of({text_of(" "), line})), builder_.end_of(gap_));
}

void JsonText::define_string() {
  const Expression character = choice_of({one_of(unescaped()), sequence_of({text_of("\\"), any_escape()})});
  builder_.add(builder_.start_of(string_),
               sequence_of({text_of("\""), repeat(character, 0, kUnbounded), text_of("\"")}), builder_.end_of(string_));
}

void JsonText::define_numbers() {
  const auto digits = [](int least, int most) { return repeat(one_of({{'0', '9'}}), least, most); };
  const Expression positive = sequence_of({one_of({{'1', '9'}}), digits(0, kMostWholeDigits - 1)});
  const Expression fraction = optional(sequence_of({text_of("."), digits(1, kMostFractionDigits)}));
  const Expression exponent = optional(
      sequence_of({one_of({{'E', 'E'}, {'e', 'e'}}), optional(one_of({{'+', '+'}, {'-', '-'}})), digits(1, 2)}));
  const Expression minus = optional(text_of("-"));
  builder_.add(builder_.start_of(number_),
               sequence_of({minus, choice_of({text_of("0"), positive}), fraction, exponent}), builder_.end_of(number_));
  builder_.add(builder_.start_of(integer_), choice_of({text_of("0"), sequence_of({minus, positive})}),
               builder_.end_of(integer_));
}

void JsonText::define_containers() {
  const Node value = builder_.start_of(any_), value_end = builder_.end_of(any_);
  for (const Rule rule : {object_, array_, string_, number_}) builder_.add_call(value, rule, value_end);
  for (const char* word : {"null", "true", "false"}) builder_.add_text(value, word, value_end);

  for (const bool named : {true, false}) {
    const Rule rule = named ? object_ : array_;
    const char open = named ? '{' : '[', close = named ? '}' : ']';
    const Node first = after_open(builder_.start_of(rule), open);
    const Node here = named ? after_colon(builder_.after_call(first, string_)) : first;
    const Node done = builder_.after_call(here, any_);
    builder_.add_skip(after_comma(done), first);
    add_close(done, close, builder_.end_of(rule));
    builder_.add_text(builder_.start_of(rule), std::string{open, close}, builder_.end_of(rule));
  }
}

Node JsonText::after_open(Node from, char bracket) {
  return builder_.after_call(builder_.after_text(from, std::string(1, bracket)), gap_);
}

Node JsonText::after_comma(Node from) { return builder_.after_call(builder_.after_text(from, ","), gap_); }

Node JsonText::after_colon(Node from) {
  const Node colon = builder_.after_text(from, ":"), after = builder_.add_node();
  builder_.add_text(colon, " ", after);
  builder_.add_skip(colon, after);
  return after;
}

Node JsonText::after_name(Node from, std::string_view name) {
  return after_colon(builder_.after_text(from, json_quoted(name)));
}

Node JsonText::after_name(Node from, const Dfa& language) {
  const Node named = builder_.add_node();
  add_string(from, language, named);
  return after_colon(named);
}

void JsonText::add_close(Node from, char bracket, Node to) {
  builder_.add_text(builder_.after_call(from, gap_), std::string(1, bracket), to);
}

void JsonText::add_string(Node from, const Dfa& language, Node to) {
  std::vector<Node> nodes;
  for (std::size_t i = 0; i < language.states().size(); ++i) nodes.push_back(builder_.add_node());
  builder_.add_text(from, "\"", nodes.front());
  for (std::size_t i = 0; i < nodes.size() && !builder_.full(); ++i) {
    const Dfa::State& state = language.states()[i];
    if (state.accepts) builder_.add_text(nodes[i], "\"", to);
    std::map<int, std::vector<CodeSpan>> targets;
    for (const Dfa::Arc& arc : state.arcs) targets[arc.to].push_back(arc.span);
    for (auto& [target, spans] : targets)
      add_points(nodes[i], CodePoints(std::move(spans)), nodes[static_cast<std::size_t>(target)]);
  }
}

void JsonText::add_plain(Node from, const Dfa& language, Node to) {
  std::vector<Node> nodes;
  for (std::size_t i = 0; i < language.states().size(); ++i) nodes.push_back(builder_.add_node());
  builder_.add_skip(from, nodes.front());
  for (std::size_t i = 0; i < nodes.size() && !builder_.full(); ++i) {
    const Dfa::State& state = language.states()[i];
    if (state.accepts) builder_.add_skip(nodes[i], to);
    for (const Dfa::Arc& arc : state.arcs)
      builder_.add_points(nodes[i], CodePoints({arc.span}), nodes[static_cast<std::size_t>(arc.to)]);
  }
}

void JsonText::add_points(Node from, const CodePoints& points, Node to) {
  builder_.add_points(from, points.within(unescaped()), to);
  const CodePoints escaped = points.without(unescaped());
  if (!escaped.empty()) builder_.add_text(from, "\\", escapes(escaped, to));
}

// The node after the backslash; many letters lead to the same one.
Node JsonText::escapes(const CodePoints& points, Node to) {
  std::string key;
  for (const CodeSpan span : points.spans()) key += {static_cast<char>(span.first), static_cast<char>(span.last)};
  const auto [known, fresh] = escapes_.try_emplace({std::move(key), to}, 0);
  if (!fresh) return known->second;
  const Node node = known->second = builder_.add_node();
  CodePoints controls = points.within(CodePoints({{0, 0x1F}}));
  for (const ShortEscape& escape : kShortEscapes) {
    if (!points.contains(escape.point)) continue;
    builder_.add_text(node, std::string(1, escape.name), to);
    controls = controls.without(CodePoints::one(escape.point));
  }
  for (const char32_t high : {0u, 1u}) {
    std::vector<CodeSpan> digits;
    for (char32_t low = 0; low < 16; ++low) {
      if (!controls.contains(high * 16 + low)) continue;
      for (const char* letters : {"0123456789abcdef", "0123456789ABCDEF"})
        digits.push_back({static_cast<char32_t>(letters[low]), static_cast<char32_t>(letters[low])});
    }
    if (digits.empty()) continue;
    builder_.add_points(builder_.after_text(node, fmt::format("u00{}", int(high))), CodePoints(std::move(digits)), to);
  }
  return node;
}

void JsonText::add_value(Node from, const JsonValue& value, Node to) {
  switch (value.kind) {
    case JsonValue::Kind::kNull: return builder_.add_text(from, "null", to);
    case JsonValue::Kind::kBoolean: return builder_.add_text(from, value.truth ? "true" : "false", to);
    case JsonValue::Kind::kNumber: return builder_.add_text(from, canonical_number(value.text), to);
    case JsonValue::Kind::kString: return builder_.add_text(from, json_quoted(value.text), to);
    case JsonValue::Kind::kArray:
    case JsonValue::Kind::kObject: return add_items(from, value, to);
  }
}

void JsonText::add_items(Node from, const JsonValue& value, Node to) {
  const bool named = value.is(JsonValue::Kind::kObject);
  const char open = named ? '{' : '[', close = named ? '}' : ']';
  const std::size_t n = named ? value.members.size() : value.items.size();
  if (n == 0) return builder_.add_text(from, std::string{open, close}, to);
  Node at = after_open(from, open);
  for (std::size_t i = 0; i < n && !builder_.full(); ++i) {
    if (i > 0) at = after_comma(at);
    if (named) at = after_name(at, value.members[i].name);
    const Node done = builder_.add_node();
    add_value(at, named ? value.members[i].value : value.items[i], done);
    at = done;
  }
  add_close(at, close, to);
}

}  // namespace sotto::grammar
