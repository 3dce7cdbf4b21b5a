#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "text/jinja/parser.h"

namespace sotto::text::jinja {

const Stmt* Parser::parse_statement() {
  struct Tag {
    std::string_view name;
    const Stmt* (Parser::*parse)();
  };
  static constexpr std::array kTags = {
      Tag{"for", &Parser::parse_for},
      Tag{"if", &Parser::parse_if},
      Tag{"set", &Parser::parse_set},
      Tag{"macro", &Parser::parse_macro},
      Tag{"call", &Parser::parse_call_block},
      Tag{"filter", &Parser::parse_filter_block},
      Tag{"with", &Parser::parse_with},
      Tag{"print", &Parser::parse_print},
      Tag{"break", &Parser::parse_jump},
      Tag{"continue", &Parser::parse_jump},
      Tag{"generation", &Parser::parse_generation},
      Tag{"block", &Parser::parse_unsupported},
      Tag{"extends", &Parser::parse_unsupported},
      Tag{"include", &Parser::parse_unsupported},
      Tag{"import", &Parser::parse_unsupported},
      Tag{"from", &Parser::parse_unsupported},
      Tag{"autoescape", &Parser::parse_unsupported},
  };
  if (current_.token == Token::kName) {
    for (const Tag& tag : kTags) {
      if (current_.text == tag.name) return (this->*tag.parse)();
    }
    syntax_error(fmt::format("unknown tag '{}'", current_.text));
  } else {
    syntax_error(fmt::format("expected a tag's name, found {}", describe_current()));
  }
  return nullptr;
}

const Stmt* Parser::parse_unsupported() {
  fail(ErrorCode::kUnsupported, fmt::format("the tag '{}' is not supported", current_.text), current_.line);
  return nullptr;
}

NameId Parser::parse_name(std::string_view what) {
  static constexpr std::array<std::string_view, 6> kReserved = {"true", "false", "none", "True", "False", "None"};
  const Lexeme name = current_;
  expect(Token::kName, what);
  if (std::find(kReserved.begin(), kReserved.end(), name.text) != kReserved.end()) {
    syntax_error(fmt::format("'{}' cannot be assigned to", name.text));
  }
  return intern(name.text);
}

Target Parser::parse_target_item(bool with_attribute) {
  Target item;
  Level level(*this);
  if (skip_operator("(")) {
    item = parse_target(false);
    expect_operator(")");
    return item;
  }
  item.name = parse_name("a name to assign to");
  if (with_attribute && skip_operator(".")) {
    item.attribute = current_.text;
    expect(Token::kName, "an attribute's name");
  }
  return item;
}

Target Parser::parse_target(bool with_attribute) {
  Target whole;
  while (!failed()) {
    if (!whole.parts.empty() && at_tuple_end()) break;
    whole.parts.push_back(parse_target_item(with_attribute));
    pay(sizeof(Target));
    if (!skip_operator(",")) break;
    whole.tuple = true;
  }
  if (whole.tuple || whole.parts.empty()) return whole;
  return Target(std::move(whole.parts[0]));
}

static bool binds(const Target& target, NameId name) {
  return target.tuple ? std::any_of(target.parts.begin(), target.parts.end(),
                                    [name](const Target& part) { return binds(part, name); })
                      : target.name == name;
}

const Stmt* Parser::parse_for() {
  auto* loop = make_node<ForStmt>(take().line);
  const int assignments_before = loop_assignments_;
  loop->target = parse_target(false);
  if (!skip_name("in")) syntax_error(fmt::format("expected 'in', found {}", describe_current()));
  loop->iterable = parse_tuple(false);
  if (skip_name("if")) {
    ScopeGuard scope(*this, loop->condition_frame);
    declare_target(loop->target);
    loop->condition = parse_expression();
  }
  loop->recursive = skip_name("recursive");
  bool has_else = false;
  {
    ScopeGuard scope(*this, loop->frame);
    declare(kNameLoop);
    declare_target(loop->target);
    ++loops_;
    loop->body = parse_block({"else", "endfor"});
    --loops_;
    has_else = at_name("else");
    advance();
  }
  if (has_else) {
    ScopeGuard scope(*this, loop->else_frame);
    loop->otherwise = parse_last_block("endfor");
  }
  if (loop_assignments_ != assignments_before || binds(loop->target, kNameLoop)) {
    fail(ErrorCode::kBadFile, "the variable 'loop' cannot be assigned to inside a loop", loop->line);
  }
  return loop;
}

const Stmt* Parser::parse_if() {
  auto* statement = make_node<IfStmt>(current_.line);
  ++conditions_;
  bool more = true;
  while (more && !failed()) {
    const bool last = at_name("else");
    advance();
    IfStmt::Branch branch{last ? nullptr : parse_tuple(false), {}};
    ++scopes_[scope_].branches;
    branch.body = last ? parse_block({"endif"}) : parse_block({"elif", "else", "endif"});
    --scopes_[scope_].branches;
    more = !at_name("endif");
    statement->branches.push_back(std::move(branch));
    pay(sizeof(IfStmt::Branch));
  }
  advance();
  --conditions_;
  return statement;
}

const Stmt* Parser::parse_set() {
  const int line = take().line;
  Target target = parse_target(true);
  if (skip_operator("=")) {
    auto* set = make_node<SetStmt>(line);
    set->value = parse_tuple(true);
    note_assignment(target);
    set->target = std::move(target);
    return set;
  }
  auto* set = make_node<SetBlockStmt>(line);
  note_assignment(target);
  set->target = std::move(target);
  ScopeGuard scope(*this, set->frame);
  set->filter = parse_filter_chain(nullptr);
  set->body = parse_last_block("endset");
  return set;
}

const Stmt* Parser::parse_with() {
  auto* with = make_node<WithStmt>(take().line);
  while (!failed() && current_.token != Token::kBlockEnd) {
    if (!with->bindings.empty()) expect_operator(",");
    Target target = parse_target(false);
    expect_operator("=");
    with->bindings.emplace_back(std::move(target), parse_expression());
    pay(sizeof(with->bindings[0]));
  }
  ScopeGuard scope(*this, with->frame);
  for (const auto& binding : with->bindings) declare_target(binding.first);
  with->body = parse_last_block("endwith");
  return with;
}

void Parser::parse_signature(MacroBody& macro) {
  expect_operator("(");
  while (!failed() && !at_operator(")")) {
    if (!macro.params.empty()) expect_operator(",");
    macro.params.push_back(parse_name("a parameter's name"));
    declare(macro.params.back());
    pay(sizeof(NameId));
    if (skip_operator("=")) {
      macro.defaults.push_back(parse_expression());
    } else if (!macro.defaults.empty()) {
      syntax_error("a parameter without a default follows one that has a default");
    }
  }
  expect_operator(")");
}

void Parser::parse_macro_body(MacroBody& macro, std::string_view end) {
  for (const NameId name : {kNameCaller, kNameKwargs, kNameVarargs}) declare(name);
  int before[kFirstFreeName];
  std::copy(std::begin(special_loads_), std::end(special_loads_), before);
  const int loops = std::exchange(loops_, 0);
  macro.body = parse_last_block(end);
  loops_ = loops;
  const auto uses = [&](NameId name) { return special_loads_[name] != before[name]; };
  const auto has_param = [&](NameId name) {
    return std::find(macro.params.begin(), macro.params.end(), name) != macro.params.end();
  };
  macro.uses_caller = uses(kNameCaller);
  macro.uses_kwargs = uses(kNameKwargs) && !has_param(kNameKwargs);
  macro.uses_varargs = uses(kNameVarargs) && !has_param(kNameVarargs);
  const std::size_t required = macro.params.size() - std::min(macro.params.size(), macro.defaults.size());
  const bool required_caller =
      std::find(macro.params.begin(), macro.params.begin() + static_cast<std::ptrdiff_t>(required), kNameCaller) !=
      macro.params.begin() + static_cast<std::ptrdiff_t>(required);
  if (macro.uses_caller && required_caller) {
    syntax_error("the parameter 'caller' needs a default");
  }
}

const Stmt* Parser::parse_macro() {
  auto* statement = make_node<MacroStmt>(take().line);
  statement->name = parse_name("a macro's name");
  statement->macro.name = program_.names[statement->name];
  mention(statement->name, true);
  ScopeGuard scope(*this, statement->macro.frame);
  parse_signature(statement->macro);
  parse_macro_body(statement->macro, "endmacro");
  return statement;
}

const Stmt* Parser::parse_call_block() {
  auto* statement = make_node<CallStmt>(take().line);
  const std::size_t outer = scope_;
  ScopeGuard scope(*this, statement->caller.frame);
  if (at_operator("(")) parse_signature(statement->caller);
  const std::size_t inner = std::exchange(scope_, outer);
  const Expr* call = parse_expression();
  scope_ = inner;
  statement->call = dynamic_cast<const CallExpr*>(call);
  if (!statement->call) {
    fail(ErrorCode::kBadFile, "a call block needs a call", statement->line);
    return nullptr;
  }
  parse_macro_body(statement->caller, "endcall");
  return statement;
}

const Stmt* Parser::parse_filter_block() {
  auto* statement = make_node<FilterStmt>(take().line);
  ScopeGuard scope(*this, statement->frame);
  statement->filter = parse_filter_chain(parse_filter(nullptr));
  statement->body = parse_last_block("endfilter");
  return statement;
}

const Stmt* Parser::parse_generation() {
  auto* statement = make_node<GenerationStmt>(take().line);
  ScopeGuard scope(*this, statement->frame);
  const int loops = std::exchange(loops_, 0);
  statement->body = parse_last_block("endgeneration");
  loops_ = loops;
  return statement;
}

const Stmt* Parser::parse_print() {
  auto* statement = make_node<OutputStmt>(take().line);
  while (!failed() && current_.token != Token::kBlockEnd) {
    if (!statement->items.empty()) expect_operator(",");
    statement->items.push_back(parse_expression());
  }
  return statement;
}

const Stmt* Parser::parse_jump() {
  const Lexeme tag = take();
  auto* jump = make_node<JumpStmt>(tag.line);
  jump->flow = tag.text == "break" ? Flow::kBreak : Flow::kContinue;
  if (loops_ == 0) {
    fail(ErrorCode::kBadFile, fmt::format("'{}' stands outside of a loop", tag.text), tag.line);
  }
  return jump;
}

}  // namespace sotto::text::jinja
