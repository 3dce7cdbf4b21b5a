// From source to Program: jinja2's grammar with the loop controls and transformers' generation tag. Reading is bounded
// in source bytes, nesting and nodes. Knows which filters and tests exist, not what they do.
#pragma once

#include <functional>
#include <initializer_list>
#include <optional>
#include <span>
#include <unordered_map>

#include "text/jinja/ast.h"
#include "text/jinja/lexer.h"

namespace sotto::text::jinja {

inline constexpr std::size_t kMaxSourceBytes = 1u << 20;
inline constexpr std::size_t kMaxProgramBytes = 4u << 20;  // nodes, constants and names
inline constexpr int kMaxNesting = 100;                    // of expressions and of blocks

// Errors: kBadFile (syntax), kUnsupported (a feature of jinja2 that is not here), kBudget; each with the line.
Result<std::unique_ptr<Program>> parse_program(std::string_view source);

class Parser {
 public:
  explicit Parser(Program& program) : program_(program), lexer_(program.source) {}
  Result<void> parse();

 private:
  // Counts one level of nesting while it lives.
  class Level {
   public:
    explicit Level(Parser& parser);
    ~Level() { --parser_.depth_; }

   private:
    Parser& parser_;
  };
  friend class Level;

  // What one scope of names was seen to do, for Frame::unset.
  struct Scope {
    Frame* frame;
    std::size_t parent;
    int branches = 0;                           // open if statements
    std::unordered_map<NameId, bool> mentions;  // whether its first mention assigns it for certain
  };
  class ScopeGuard;
  static constexpr std::size_t kNoScope = ~std::size_t{0};

  // A filter or test that does not exist. jinja2 accepts it inside a condition and fails when it is reached.
  struct UnknownCall {
    std::string message;
    bool conditional;
  };

  // tokens
  void advance();
  const Lexeme& look_ahead();
  Lexeme take();
  bool at_name(std::string_view name) const { return current_.token == Token::kName && current_.text == name; }
  bool at_operator(std::string_view op) const { return current_.token == Token::kOperator && current_.text == op; }
  bool skip_name(std::string_view name);
  bool skip_operator(std::string_view op);
  void expect_operator(std::string_view op);
  void expect(Token token, std::string_view what);
  std::string describe_current() const;

  // failing: the first error stays, and the tokens end
  void fail(ErrorCode code, std::string what, int line);
  void syntax_error(std::string what) { fail(ErrorCode::kBadFile, std::move(what), current_.line); }
  bool failed() const { return error_.has_value(); }
  void pay(std::size_t bytes);

  template <class T>
  T* make_node(int line);
  std::uint32_t add_constant(Literal literal);
  const Expr* make_text(std::string_view text, int line);
  NameId intern(std::string_view name);
  void mention(NameId name, bool assigns);
  void declare(NameId name);
  void note_assignment(const Target& target);
  void declare_target(const Target& target);
  void compute_unset_names();

  // statements (parser.cpp, parser_statements.cpp)
  Body parse_body(std::initializer_list<std::string_view> ends);
  Body parse_block(std::initializer_list<std::string_view> ends);
  Body parse_last_block(std::string_view end);
  const Stmt* parse_statement();
  const Stmt* parse_for();
  const Stmt* parse_if();
  const Stmt* parse_set();
  const Stmt* parse_with();
  const Stmt* parse_macro();
  const Stmt* parse_call_block();
  const Stmt* parse_filter_block();
  const Stmt* parse_generation();
  const Stmt* parse_print();
  const Stmt* parse_jump();
  const Stmt* parse_unsupported();
  void parse_signature(MacroBody& macro);
  void parse_macro_body(MacroBody& macro, std::string_view end);
  Target parse_target(bool with_attribute);
  Target parse_target_item(bool with_attribute);
  NameId parse_name(std::string_view what);

  // expressions (parser_expressions.cpp)
  const Expr* parse_tuple(bool with_conditional, bool parenthesized = false);
  bool at_tuple_end() const;
  const Expr* parse_expression(bool with_conditional = true);
  const Expr* parse_conditional();
  const Expr* parse_logic(bool is_or);
  const Expr* parse_not();
  const Expr* parse_comparison();
  std::optional<Op> take_comparison();
  const Expr* parse_sum();
  const Expr* parse_concat();
  const Expr* parse_product();
  const Expr* parse_power();
  const Expr* parse_chain(std::span<const std::pair<std::string_view, Op>> operators, const Expr* (Parser::*operand)());
  const Expr* parse_unary(bool with_filters);
  const Expr* parse_unary_with_filters() { return parse_unary(true); }
  const Expr* parse_primary();
  const Expr* parse_name_or_literal();
  const Expr* parse_number();
  const Expr* parse_string();
  const Expr* parse_list();
  const Expr* parse_dict();
  const Expr* parse_postfix(const Expr* object);
  const Expr* parse_dot(const Expr* object);
  const Expr* parse_subscript(const Expr* object);
  const Expr* parse_slice(const Expr* object, const Expr* start, int line);
  const Expr* parse_filters_and_tests(const Expr* subject);
  const FilterExpr* parse_filter(const Expr* subject);
  const FilterExpr* parse_filter_chain(const FilterExpr* subject);
  const Expr* parse_test(const Expr* subject);
  const CallExpr* parse_call(const Expr* callee);
  Arguments parse_arguments();
  void parse_argument(Arguments& arguments);
  std::string_view parse_dotted_name();
  void note_unknown(std::string message);

  Program& program_;
  Lexer lexer_;
  Lexeme current_, ahead_;
  bool has_ahead_ = false;
  std::optional<Error> error_;
  int depth_ = 0;
  std::size_t bytes_ = 0;
  std::unordered_map<std::string_view, NameId> name_ids_;
  std::deque<Scope> scopes_;
  std::size_t scope_ = kNoScope;
  std::vector<UnknownCall> unknown_;
  int conditions_ = 0;  // open if statements in this scope: what an unknown filter may hide in
  int loops_ = 0;       // loops that break and continue can reach
  int loop_assignments_ = 0;
  int special_loads_[kFirstFreeName] = {};  // how often each special name was read
};

// Opens a scope of names; what it encloses can reach no `if` outside.
class Parser::ScopeGuard {
 public:
  ScopeGuard(Parser& parser, Frame& frame);
  ~ScopeGuard();

 private:
  Parser& parser_;
  const std::size_t outer_;
  const int conditions_;
};

template <class T>
T* Parser::make_node(int line) {
  auto node = std::make_unique<T>();
  T* raw = node.get();
  raw->line = line;
  pay(sizeof(T) + 2 * sizeof(void*));
  program_.arena.push_back(std::move(node));
  return raw;
}

}  // namespace sotto::text::jinja
