#include "text/jinja/parser.h"

#include <fmt/format.h>

#include "text/jinja/registry.h"

namespace sotto::text::jinja {

Result<std::unique_ptr<Program>> parse_program(std::string_view source) {
  if (source.size() > kMaxSourceBytes) {
    return Unexpected(ErrorCode::kBudget, fmt::format("chat template: {} bytes of source, at most {} are read",
                                                      source.size(), kMaxSourceBytes));
  }
  auto program = std::make_unique<Program>();
  program->source = normalize_source(source);
  Parser parser(*program);
  auto parsed = parser.parse();
  if (!parsed) return forward_error(parsed);
  return program;
}

Parser::Level::Level(Parser& parser) : parser_(parser) {
  if (++parser_.depth_ > kMaxNesting) {
    parser_.fail(ErrorCode::kBudget, fmt::format("nested more than {} deep", kMaxNesting), parser_.current_.line);
  }
}

Parser::ScopeGuard::ScopeGuard(Parser& parser, Frame& frame)
    : parser_(parser), outer_(parser.scope_), conditions_(std::exchange(parser.conditions_, 0)) {
  parser.scopes_.push_back({&frame, outer_, 0, {}});
  parser.scope_ = parser.scopes_.size() - 1;
  parser.pay(sizeof(Scope));
}

Parser::ScopeGuard::~ScopeGuard() {
  parser_.scope_ = outer_;
  parser_.conditions_ = conditions_;
}

Result<void> Parser::parse() {
  for (const std::string_view name : {"loop", "caller", "kwargs", "varargs"}) intern(name);
  {
    ScopeGuard scope(*this, program_.frame);
    advance();
    program_.body = parse_body({});
  }
  for (UnknownCall& call : unknown_) {
    if (!call.conditional) fail(ErrorCode::kUnsupported, std::move(call.message), 0);
  }
  if (failed()) return Unexpected(std::move(*error_));
  compute_unset_names();
  return {};
}

void Parser::compute_unset_names() {
  for (const Scope& scope : scopes_) {
    for (const auto& [name, assigned_first] : scope.mentions) {
      bool known_outside = !assigned_first;
      for (std::size_t p = scope.parent; p != kNoScope && !known_outside; p = scopes_[p].parent) {
        known_outside = scopes_[p].mentions.contains(name);
      }
      if (!known_outside) scope.frame->unset.push_back(name);
    }
  }
}

void Parser::fail(ErrorCode code, std::string what, int line) {
  if (failed()) return;
  error_ = line > 0 ? Error{code, fmt::format("chat template, line {}: {}", line, what)}
                    : Error{code, fmt::format("chat template, {}", what)};
  current_ = {Token::kEnd, line, {}};
  has_ahead_ = false;
}

void Parser::pay(std::size_t bytes) {
  bytes_ += bytes;
  if (bytes_ > kMaxProgramBytes) {
    fail(ErrorCode::kBudget, fmt::format("more than {} bytes when parsed", kMaxProgramBytes), current_.line);
  }
}

void Parser::advance() {
  if (failed()) return;
  if (has_ahead_) {
    current_ = ahead_;
    has_ahead_ = false;
    return;
  }
  auto next = lexer_.next();
  if (next) {
    current_ = *next;
    if (current_.token == Token::kName) pay(0);
  } else {
    error_ = std::move(next.error());
    current_ = {Token::kEnd, current_.line, {}};
  }
}

const Lexeme& Parser::look_ahead() {
  if (!has_ahead_ && !failed()) {
    const Lexeme now = current_;
    advance();
    if (failed()) return current_;
    ahead_ = std::exchange(current_, now);
    has_ahead_ = true;
  }
  return ahead_;
}

Lexeme Parser::take() {
  const Lexeme taken = current_;
  advance();
  return taken;
}

bool Parser::skip_name(std::string_view name) {
  if (!at_name(name)) return false;
  advance();
  return true;
}

bool Parser::skip_operator(std::string_view op) {
  if (!at_operator(op)) return false;
  advance();
  return true;
}

void Parser::expect_operator(std::string_view op) {
  if (!skip_operator(op)) {
    syntax_error(fmt::format("expected '{}', found {}", op, describe_current()));
  }
}

void Parser::expect(Token token, std::string_view what) {
  if (current_.token != token) {
    return syntax_error(fmt::format("expected {}, found {}", what, describe_current()));
  }
  advance();
}

std::string Parser::describe_current() const {
  switch (current_.token) {
    case Token::kEnd: return "the end of the template";
    case Token::kBlockEnd: return "the end of the statement";
    case Token::kVariableEnd: return "the end of the expression";
    case Token::kString: return "a string";
    default: return fmt::format("'{}'", current_.text);
  }
}

std::uint32_t Parser::add_constant(Literal literal) {
  pay(sizeof(Literal));
  program_.constants.push_back(std::move(literal));
  return static_cast<std::uint32_t>(program_.constants.size() - 1);
}

const Expr* Parser::make_text(std::string_view text, int line) {
  auto* constant = make_node<Constant>(line);
  Literal literal;
  literal.type = Literal::Type::kText;
  literal.text = text;
  constant->index = add_constant(std::move(literal));
  return constant;
}

NameId Parser::intern(std::string_view name) {
  const auto [at, added] = name_ids_.try_emplace(name, static_cast<NameId>(program_.names.size()));
  if (added) {
    pay(64);
    program_.names.push_back(name);
  }
  return at->second;
}

void Parser::mention(NameId name, bool assigns) {
  Scope& scope = scopes_[scope_];
  if (!assigns && name < kFirstFreeName) ++special_loads_[name];
  if (assigns && name == kNameLoop) ++loop_assignments_;
  if (scope.mentions.try_emplace(name, assigns && scope.branches == 0).second) pay(32);
}

void Parser::declare(NameId name) {
  if (scopes_[scope_].mentions.try_emplace(name, false).second) pay(32);
}

void Parser::note_assignment(const Target& target) {
  for (const Target& part : target.parts) note_assignment(part);
  if (!target.tuple) mention(target.name, target.attribute.empty());
}

void Parser::declare_target(const Target& target) {
  for (const Target& part : target.parts) declare_target(part);
  if (!target.tuple) declare(target.name);
}

Body Parser::parse_body(std::initializer_list<std::string_view> ends) {
  Body body;
  Level level(*this);
  OutputStmt* output = nullptr;
  const auto add = [&](const Expr* item, int line) {
    if (!output) body.push_back(output = make_node<OutputStmt>(line));
    output->items.push_back(item);
  };
  while (!failed() && current_.token != Token::kEnd) {
    const Lexeme token = take();
    if (token.token == Token::kData) {
      add(make_text(token.text, token.line), token.line);
    } else if (token.token == Token::kVariableBegin) {
      add(parse_tuple(true), token.line);
      expect(Token::kVariableEnd, "'}}'");
    } else {
      output = nullptr;
      for (const std::string_view end : ends) {
        if (at_name(end)) return body;
      }
      const Stmt* statement = parse_statement();
      if (statement) body.push_back(statement);
      expect(Token::kBlockEnd, "'%}'");
    }
  }
  if (ends.size() > 0 && !failed()) {
    syntax_error(fmt::format("the template ends where '{}' was expected", *(ends.end() - 1)));
  }
  return body;
}

Body Parser::parse_block(std::initializer_list<std::string_view> ends) {
  skip_operator(":");
  expect(Token::kBlockEnd, "'%}'");
  return parse_body(ends);
}

Body Parser::parse_last_block(std::string_view end) {
  Body body = parse_block({end});
  advance();
  return body;
}

}  // namespace sotto::text::jinja
