// A parsed template. Nodes are immutable, live in their Program's arena and refer to one another by pointer;
// eval() and exec() are defined beside the interpreter.
#pragma once

#include <deque>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "text/jinja/native.h"

namespace sotto::text::jinja {

using NameId = std::uint32_t;

struct Node {
  int line = 0;
  virtual ~Node() = default;
};

struct Expr : Node {
  virtual Value eval(Interpreter& in) const = 0;
};

enum class Flow : std::uint8_t { kNext, kBreak, kContinue, kFailed };

struct Stmt : Node {
  virtual Flow exec(Interpreter& in) const = 0;
};

using Body = std::vector<const Stmt*>;

// A scope of names. `unset`: names that are undefined when the scope is entered although the caller's variables may
// have them, because the scope assigns them before it reads them.
struct Frame {
  std::vector<NameId> unset;
};

// --- expressions ---

struct Constant final : Expr {
  std::uint32_t index;  // into Program::constants
  Value eval(Interpreter& in) const override;
};

struct NameExpr final : Expr {
  NameId name;
  Value eval(Interpreter& in) const override;
};

struct SequenceExpr final : Expr {
  bool tuple;
  std::vector<const Expr*> items;
  Value eval(Interpreter& in) const override;
};

struct DictExpr final : Expr {
  std::vector<std::pair<const Expr*, const Expr*>> items;
  Value eval(Interpreter& in) const override;
};

enum class Op : std::uint8_t {
  kAdd,
  kSub,
  kMul,
  kDiv,
  kFloorDiv,
  kMod,
  kPow,
  kEq,
  kNe,
  kLt,
  kLe,
  kGt,
  kGe,
  kIn,
  kNotIn,
};

// first op item op item …, all of one precedence: arithmetic from the left, or a chained comparison.
struct ChainExpr final : Expr {
  bool comparison = false;
  const Expr* first;
  std::vector<std::pair<Op, const Expr*>> rest;
  Value eval(Interpreter& in) const override;
};

struct ConcatExpr final : Expr {
  std::vector<const Expr*> items;
  Value eval(Interpreter& in) const override;
};

// and / or: the first operand that settles it, else the last.
struct LogicExpr final : Expr {
  bool is_or;
  std::vector<const Expr*> items;
  Value eval(Interpreter& in) const override;
};

struct UnaryExpr final : Expr {
  char op;  // '-', '+' or '!' (not)
  const Expr* operand;
  Value eval(Interpreter& in) const override;
};

struct ConditionalExpr final : Expr {
  const Expr *condition, *then, *otherwise = nullptr;
  Value eval(Interpreter& in) const override;
};

struct AttributeExpr final : Expr {
  const Expr* object;
  std::string_view name;
  Value eval(Interpreter& in) const override;
};

struct ItemExpr final : Expr {
  const Expr *object, *key;
  Value eval(Interpreter& in) const override;
};

struct SliceExpr final : Expr {
  const Expr *object, *start, *stop, *step;  // each bound may be null
  Value eval(Interpreter& in) const override;
};

struct Arguments {
  std::vector<const Expr*> positional;
  std::vector<std::pair<std::uint32_t, const Expr*>> named;  // the name's constant, its value
  const Expr *spread = nullptr, *spread_named = nullptr;     // *args, **kwargs
};

struct CallExpr final : Expr {
  const Expr* callee;
  Arguments arguments;
  Value eval(Interpreter& in) const override;
};

struct FilterExpr final : Expr {
  const Expr* subject;  // null: the text that a filter block or a set block captured
  std::string_view name;
  const Builtin* filter;  // null: there is none of that name, an error once it is reached
  Arguments arguments;
  Value eval(Interpreter& in) const override;
};

struct TestExpr final : Expr {
  const Expr* subject;
  std::string_view name;
  const Builtin* test;
  bool negated;
  Arguments arguments;
  Value eval(Interpreter& in) const override;
};

// --- statements ---

// What can be assigned to: a name, a namespace's attribute, or a tuple of targets.
struct Target {
  NameId name = 0;
  std::string_view attribute;  // empty for a plain name
  bool tuple = false;
  std::vector<Target> parts;
};

struct OutputStmt final : Stmt {
  std::vector<const Expr*> items;
  Flow exec(Interpreter& in) const override;
};

struct ForStmt final : Stmt {
  Target target;
  const Expr *iterable, *condition = nullptr;
  bool recursive = false;
  Frame frame, condition_frame, else_frame;
  Body body, otherwise;
  Flow exec(Interpreter& in) const override;
};

struct IfStmt final : Stmt {
  struct Branch {
    const Expr* condition;  // null: else
    Body body;
  };
  std::vector<Branch> branches;
  Flow exec(Interpreter& in) const override;
};

struct SetStmt final : Stmt {
  Target target;
  const Expr* value;
  Flow exec(Interpreter& in) const override;
};

struct SetBlockStmt final : Stmt {
  Target target;
  const FilterExpr* filter = nullptr;
  Frame frame;
  Body body;
  Flow exec(Interpreter& in) const override;
};

struct WithStmt final : Stmt {
  std::vector<std::pair<Target, const Expr*>> bindings;
  Frame frame;
  Body body;
  Flow exec(Interpreter& in) const override;
};

struct FilterStmt final : Stmt {
  const FilterExpr* filter;
  Frame frame;
  Body body;
  Flow exec(Interpreter& in) const override;
};

// The parameters and body of a macro or a call block.
struct MacroBody {
  std::string_view name;  // empty for a call block
  std::vector<NameId> params;
  std::vector<const Expr*> defaults;  // of the last params
  bool uses_caller = false, uses_kwargs = false, uses_varargs = false;
  Frame frame;
  Body body;
};

struct MacroStmt final : Stmt {
  NameId name;
  MacroBody macro;
  Flow exec(Interpreter& in) const override;
};

struct CallStmt final : Stmt {
  const CallExpr* call;
  MacroBody caller;
  Flow exec(Interpreter& in) const override;
};

// {% generation %}: marks what the model wrote; its text passes through.
struct GenerationStmt final : Stmt {
  Frame frame;
  Body body;
  Flow exec(Interpreter& in) const override;
};

struct JumpStmt final : Stmt {
  Flow flow;
  Flow exec(Interpreter&) const override { return flow; }
};

// --- the whole ---

struct Literal {
  enum class Type : std::uint8_t { kNone, kBool, kInt, kFloat, kText } type = Type::kNone;
  bool boolean = false;
  Int integer = 0;
  double real = 0;
  std::string_view text;
};

// Stays where it is made: views point into it.
struct Program {
  Program() = default;
  Program(const Program&) = delete;
  Program& operator=(const Program&) = delete;

  std::string source;                 // with its line ends made '\n'; the nodes' views point into it
  std::deque<std::string> unescaped;  // string literals that are not as they stand in the source
  std::vector<std::unique_ptr<Node>> arena;
  std::vector<Literal> constants;
  std::vector<std::string_view> names;  // by NameId
  Frame frame;
  Body body;
};

// Names that the interpreter itself assigns.
enum : NameId { kNameLoop, kNameCaller, kNameKwargs, kNameVarargs, kFirstFreeName };

}  // namespace sotto::text::jinja
