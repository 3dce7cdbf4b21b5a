#include <algorithm>
#include <array>
#include <charconv>

#include <fmt/format.h>

#include "text/jinja/chars.h"
#include "text/jinja/parser.h"
#include "text/jinja/registry.h"

namespace sotto::text::jinja {

bool Parser::at_tuple_end() const {
  return current_.token == Token::kVariableEnd || current_.token == Token::kBlockEnd || at_operator(")");
}

const Expr* Parser::parse_tuple(bool with_conditional, bool parenthesized) {
  const int line = current_.line;
  std::vector<const Expr*> items;
  bool is_tuple = false;
  while (!failed() && !at_tuple_end()) {
    items.push_back(parse_expression(with_conditional));
    if (!skip_operator(",")) break;
    is_tuple = true;
  }
  if (!is_tuple && !items.empty()) return items[0];
  if (!is_tuple && !parenthesized) {
    syntax_error(fmt::format("expected an expression, found {}", describe_current()));
  }
  auto* tuple = make_node<SequenceExpr>(line);
  tuple->tuple = true;
  tuple->items = std::move(items);
  return tuple;
}

const Expr* Parser::parse_expression(bool with_conditional) {
  Level level(*this);
  if (failed()) return nullptr;
  return with_conditional ? parse_conditional() : parse_logic(true);
}

const Expr* Parser::parse_conditional() {
  const std::size_t unknown_before = unknown_.size();
  const Expr* value = parse_logic(true);
  while (at_name("if")) {
    auto* conditional = make_node<ConditionalExpr>(take().line);
    conditional->then = value;
    conditional->condition = parse_logic(true);
    if (skip_name("else")) conditional->otherwise = parse_expression();
    for (std::size_t i = unknown_before; i < unknown_.size(); ++i) unknown_[i].conditional = true;
    value = conditional;
  }
  return value;
}

const Expr* Parser::parse_logic(bool is_or) {
  const std::string_view word = is_or ? "or" : "and";
  const auto operand = [&] { return is_or ? parse_logic(false) : parse_not(); };
  const Expr* first = operand();
  if (!at_name(word)) return first;
  auto* logic = make_node<LogicExpr>(current_.line);
  logic->is_or = is_or;
  logic->items.push_back(first);
  while (skip_name(word)) logic->items.push_back(operand());
  return logic;
}

const Expr* Parser::parse_not() {
  if (!at_name("not")) return parse_comparison();
  Level level(*this);
  auto* negation = make_node<UnaryExpr>(take().line);
  negation->op = '!';
  negation->operand = parse_not();
  return negation;
}

std::optional<Op> Parser::take_comparison() {
  static constexpr std::array<std::pair<std::string_view, Op>, 6> kOperators = {
      {{"==", Op::kEq}, {"!=", Op::kNe}, {"<", Op::kLt}, {"<=", Op::kLe}, {">", Op::kGt}, {">=", Op::kGe}}};
  for (const auto& [text, op] : kOperators) {
    if (skip_operator(text)) return op;
  }
  if (skip_name("in")) return Op::kIn;
  if (at_name("not") && look_ahead().token == Token::kName && look_ahead().text == "in") {
    advance();
    advance();
    return Op::kNotIn;
  }
  return std::nullopt;
}

const Expr* Parser::parse_comparison() {
  const Expr* first = parse_sum();
  std::optional<Op> op = take_comparison();
  if (!op) return first;
  auto* chain = make_node<ChainExpr>(current_.line);
  chain->comparison = true;
  chain->first = first;
  for (; op && !failed(); op = take_comparison()) chain->rest.emplace_back(*op, parse_sum());
  return chain;
}

const Expr* Parser::parse_chain(std::span<const std::pair<std::string_view, Op>> operators,
                                const Expr* (Parser::*operand)()) {
  const Expr* first = (this->*operand)();
  ChainExpr* chain = nullptr;
  for (std::size_t i = 0; i < operators.size();) {
    if (!at_operator(operators[i].first)) {
      ++i;
      continue;
    }
    if (!chain) {
      chain = make_node<ChainExpr>(current_.line);
      chain->first = first;
    }
    advance();
    chain->rest.emplace_back(operators[i].second, (this->*operand)());
    i = 0;
  }
  return chain ? chain : first;
}

const Expr* Parser::parse_sum() {
  static constexpr std::array<std::pair<std::string_view, Op>, 2> kOperators = {{{"+", Op::kAdd}, {"-", Op::kSub}}};
  return parse_chain(kOperators, &Parser::parse_concat);
}

const Expr* Parser::parse_concat() {
  const Expr* first = parse_product();
  if (!at_operator("~")) return first;
  auto* concat = make_node<ConcatExpr>(current_.line);
  concat->items.push_back(first);
  while (skip_operator("~")) concat->items.push_back(parse_product());
  return concat;
}

const Expr* Parser::parse_product() {
  static constexpr std::array<std::pair<std::string_view, Op>, 4> kOperators = {
      {{"*", Op::kMul}, {"/", Op::kDiv}, {"//", Op::kFloorDiv}, {"%", Op::kMod}}};
  return parse_chain(kOperators, &Parser::parse_power);
}

const Expr* Parser::parse_power() {
  static constexpr std::array<std::pair<std::string_view, Op>, 1> kOperators = {{{"**", Op::kPow}}};
  return parse_chain(kOperators, &Parser::parse_unary_with_filters);
}

const Expr* Parser::parse_unary(bool with_filters) {
  const Expr* node = nullptr;
  if (at_operator("-") || at_operator("+")) {
    auto* unary = make_node<UnaryExpr>(current_.line);
    unary->op = at_operator("-") ? '-' : '+';
    advance();
    Level level(*this);
    unary->operand = parse_unary(false);
    node = unary;
  } else {
    node = parse_primary();
  }
  node = parse_postfix(node);
  return with_filters ? parse_filters_and_tests(node) : node;
}

const Expr* Parser::parse_primary() {
  switch (current_.token) {
    case Token::kName: return parse_name_or_literal();
    case Token::kString: return parse_string();
    case Token::kInteger:
    case Token::kFloat: return parse_number();
    default: break;
  }
  if (at_operator("[")) return parse_list();
  if (at_operator("{")) return parse_dict();
  if (skip_operator("(")) {
    const Expr* inside = parse_tuple(true, true);
    expect_operator(")");
    return inside;
  }
  syntax_error(fmt::format("unexpected {}", describe_current()));
  return nullptr;
}

const Expr* Parser::parse_name_or_literal() {
  const Lexeme name = take();
  Literal literal;
  if (name.text == "true" || name.text == "True" || name.text == "false" || name.text == "False") {
    literal.type = Literal::Type::kBool;
    literal.boolean = name.text[0] == 't' || name.text[0] == 'T';
  } else if (name.text != "none" && name.text != "None") {
    if (!is_identifier(name.text)) syntax_error("invalid character in a name");
    auto* reading = make_node<NameExpr>(name.line);
    reading->name = intern(name.text);
    mention(reading->name, false);
    return reading;
  }
  auto* constant = make_node<Constant>(name.line);
  constant->index = add_constant(std::move(literal));
  return constant;
}

namespace {

// False when the number passes 128 bits.
bool read_integer(std::string_view text, Int& value) {
  int base = 10;
  if (text.size() > 2 && text[0] == '0') {
    const char mark = static_cast<char>(text[1] | 0x20);
    base = mark == 'x' ? 16 : mark == 'o' ? 8 : mark == 'b' ? 2 : 10;
    if (base != 10) text.remove_prefix(2);
  }
  value = 0;
  for (const char c : text) {
    if (c == '_') continue;
    const int digit = c <= '9' ? c - '0' : (c | 0x20) - 'a' + 10;
    if (__builtin_mul_overflow(value, Int{base}, &value)) return false;
    if (__builtin_add_overflow(value, Int{digit}, &value)) return false;
  }
  return true;
}

}  // namespace

const Expr* Parser::parse_number() {
  const Lexeme number = take();
  Literal literal;
  if (number.token == Token::kInteger) {
    literal.type = Literal::Type::kInt;
    if (!read_integer(number.text, literal.integer)) {
      fail(ErrorCode::kUnsupported, "an integer of more than 127 bits", number.line);
    }
  } else {
    std::string digits(number.text);
    std::erase(digits, '_');
    literal.type = Literal::Type::kFloat;
    literal.real = std::strtod(digits.c_str(), nullptr);
  }
  auto* constant = make_node<Constant>(number.line);
  constant->index = add_constant(std::move(literal));
  return constant;
}

const Expr* Parser::parse_string() {
  const Lexeme first = take();
  if (current_.token != Token::kString && first.text.find('\\') == std::string_view::npos) {
    return make_text(first.text, first.line);
  }
  std::string value;
  Lexeme part = first;
  for (;;) {
    auto unescaped = unescape(part.text, part.line);
    if (!unescaped) {
      if (!failed()) error_ = std::move(unescaped.error());
      current_.token = Token::kEnd;
      return nullptr;
    }
    value += *unescaped;
    if (current_.token != Token::kString) break;
    part = take();
  }
  pay(sizeof(std::string) + value.size());
  program_.unescaped.push_back(std::move(value));
  return make_text(program_.unescaped.back(), first.line);
}

const Expr* Parser::parse_list() {
  auto* list = make_node<SequenceExpr>(take().line);
  list->tuple = false;
  while (!failed() && !at_operator("]")) {
    list->items.push_back(parse_expression());
    if (!skip_operator(",")) break;
  }
  expect_operator("]");
  return list;
}

const Expr* Parser::parse_dict() {
  auto* dict = make_node<DictExpr>(take().line);
  while (!failed() && !at_operator("}")) {
    const Expr* key = parse_expression();
    expect_operator(":");
    dict->items.emplace_back(key, parse_expression());
    if (!skip_operator(",")) break;
  }
  expect_operator("}");
  return dict;
}

const Expr* Parser::parse_postfix(const Expr* object) {
  while (!failed()) {
    if (at_operator(".")) {
      object = parse_dot(object);
    } else if (at_operator("[")) {
      object = parse_subscript(object);
    } else if (at_operator("(")) {
      object = parse_call(object);
    } else {
      break;
    }
  }
  return object;
}

const Expr* Parser::parse_dot(const Expr* object) {
  const int line = take().line;
  if (current_.token == Token::kInteger) {
    auto* item = make_node<ItemExpr>(line);
    item->object = object;
    item->key = parse_number();
    return item;
  }
  auto* attribute = make_node<AttributeExpr>(line);
  attribute->object = object;
  attribute->name = current_.text;
  expect(Token::kName, "a name or a number after '.'");
  return attribute;
}

const Expr* Parser::parse_subscript(const Expr* object) {
  const int line = take().line;
  std::vector<const Expr*> keys;
  bool trailing_comma = true;
  while (!failed() && !at_operator("]")) {
    const Expr* key = at_operator(":") ? nullptr : parse_expression();
    if (at_operator(":")) {
      if (!keys.empty()) syntax_error("a slice inside a tuple of subscripts");
      const Expr* slice = parse_slice(object, key, line);
      expect_operator("]");
      return slice;
    }
    keys.push_back(key);
    trailing_comma = skip_operator(",");
    if (!trailing_comma) break;
  }
  expect_operator("]");
  auto* item = make_node<ItemExpr>(line);
  item->object = object;
  if (keys.size() == 1) {
    item->key = keys[0];
  } else {
    auto* tuple = make_node<SequenceExpr>(line);
    tuple->tuple = true;
    tuple->items = std::move(keys);
    item->key = tuple;
  }
  return item;
}

const Expr* Parser::parse_slice(const Expr* object, const Expr* start, int line) {
  auto* slice = make_node<SliceExpr>(line);
  slice->object = object;
  slice->start = start;
  slice->stop = slice->step = nullptr;
  const auto at_end = [&] { return at_operator("]") || at_operator(",") || failed(); };
  expect_operator(":");
  if (!at_end() && !at_operator(":")) slice->stop = parse_expression();
  if (skip_operator(":") && !at_end()) slice->step = parse_expression();
  return slice;
}

}  // namespace sotto::text::jinja
