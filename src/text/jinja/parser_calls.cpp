#include <algorithm>

#include <fmt/format.h>

#include "text/jinja/parser.h"
#include "text/jinja/registry.h"

namespace sotto::text::jinja {
namespace {
constexpr std::size_t kMaxNamedArguments = 255;
}  // namespace

const Expr* Parser::parse_filters_and_tests(const Expr* subject) {
  while (!failed()) {
    if (skip_operator("|")) {
      subject = parse_filter(subject);
    } else if (at_name("is")) {
      subject = parse_test(subject);
    } else if (at_operator("(")) {
      subject = parse_call(subject);
    } else {
      break;
    }
  }
  return subject;
}

std::string_view Parser::parse_dotted_name() {
  std::string_view name = current_.text;
  expect(Token::kName, "a filter's or a test's name");
  while (skip_operator(".")) {
    const std::string_view part = current_.text;
    expect(Token::kName, "a name");
    if (failed()) return {};
    name = {name.data(), static_cast<std::size_t>(part.data() + part.size() - name.data())};
  }
  return name;
}

void Parser::note_unknown(std::string message) {
  unknown_.push_back({std::move(message), conditions_ > 0});
  pay(sizeof(UnknownCall) + 64);
}

const FilterExpr* Parser::parse_filter(const Expr* subject) {
  auto* filter = make_node<FilterExpr>(current_.line);
  filter->subject = subject;
  filter->name = parse_dotted_name();
  filter->filter = find_filter(filter->name);
  if (!filter->filter) note_unknown(fmt::format("line {}: no filter named '{}'", filter->line, filter->name));
  if (at_operator("(")) filter->arguments = parse_arguments();
  return filter;
}

const FilterExpr* Parser::parse_filter_chain(const FilterExpr* subject) {
  while (skip_operator("|")) subject = parse_filter(subject);
  return subject;
}

const Expr* Parser::parse_test(const Expr* subject) {
  auto* test = make_node<TestExpr>(take().line);
  test->subject = subject;
  test->negated = skip_name("not");
  test->name = parse_dotted_name();
  test->test = find_test(test->name);
  if (!test->test) note_unknown(fmt::format("line {}: no test named '{}'", test->line, test->name));
  const bool has_operand = current_.token == Token::kString || current_.token == Token::kInteger ||
                           current_.token == Token::kFloat || at_operator("[") || at_operator("{") ||
                           (current_.token == Token::kName && !at_name("else") && !at_name("or") && !at_name("and"));
  if (at_operator("(")) {
    test->arguments = parse_arguments();
  } else if (at_name("is")) {
    syntax_error("tests cannot be chained with 'is'");
  } else if (has_operand) {
    test->arguments.positional.push_back(parse_postfix(parse_primary()));
  }
  return test;
}

const CallExpr* Parser::parse_call(const Expr* callee) {
  auto* call = make_node<CallExpr>(current_.line);
  call->callee = callee;
  call->arguments = parse_arguments();
  return call;
}

Arguments Parser::parse_arguments() {
  Arguments arguments;
  expect_operator("(");
  while (!failed() && !at_operator(")")) {
    parse_argument(arguments);
    if (!skip_operator(",")) break;
  }
  expect_operator(")");
  return arguments;
}

void Parser::parse_argument(Arguments& arguments) {
  const auto require = [&](bool ok) {
    if (!ok) syntax_error("arguments in the wrong order: positional, named, *list, **mapping");
  };
  if (skip_operator("*")) {
    require(!arguments.spread && !arguments.spread_named);
    arguments.spread = parse_expression();
  } else if (skip_operator("**")) {
    require(!arguments.spread_named);
    arguments.spread_named = parse_expression();
  } else if (current_.token == Token::kName && look_ahead().token == Token::kOperator && look_ahead().text == "=") {
    require(!arguments.spread_named);
    const Lexeme name = take();
    advance();
    Literal literal;
    literal.type = Literal::Type::kText;
    literal.text = name.text;
    const std::uint32_t key = add_constant(std::move(literal));
    const auto same = [&](const auto& other) { return program_.constants[other.first].text == name.text; };
    if (arguments.named.size() >= kMaxNamedArguments) syntax_error("too many named arguments");
    if (std::any_of(arguments.named.begin(), arguments.named.end(), same)) {
      syntax_error(fmt::format("the argument '{}' is given twice", name.text));
    }
    arguments.named.emplace_back(key, parse_expression());
  } else {
    require(!arguments.spread && !arguments.spread_named && arguments.named.empty());
    arguments.positional.push_back(parse_expression());
  }
}

}  // namespace sotto::text::jinja
