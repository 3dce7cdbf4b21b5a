// Runs a Program: the state that evaluation shares, and the limits that bound it.
// A failure is remembered, not thrown: evaluation goes on with empty values until the next step() says stop.
#pragma once

#include <ctime>
#include <nlohmann/json_fwd.hpp>
#include <optional>

#include "sotto/result.h"
#include "text/chat_template.h"
#include "text/jinja/ast.h"
#include "text/piece.h"

namespace sotto::text::jinja {

struct RenderOptions {
  TemplateBudget budget;
  std::optional<std::tm> now;  // the local time that strftime_now shows; unset: the clock's
};

struct RenderStats {
  std::size_t steps = 0;
  std::size_t peak_bytes = 0;
};

// The names of one block, loop pass or macro call. Macros keep theirs alive.
class Scope final : public Object {
 public:
  Scope(Heap& heap, Ref<Scope> parent);
  void set(NameId name, Value value);
  const Value* find(NameId name) const;
  void enter(const Frame& frame);
  // Empties the scope for the next pass of a loop.
  void reset(const Frame& frame) {
    values_.clear();
    enter(frame);
  }
  const Ref<Scope>& parent() const { return parent_; }

 private:
  void drop_references() override;
  Ref<Scope> parent_;
  std::vector<std::pair<NameId, Value>> values_;
};

class Interpreter {
 public:
  Interpreter(const Program& program, const nlohmann::ordered_json& variables, const RenderOptions& options);
  Result<std::vector<Piece>> run();
  RenderStats stats() const { return {heap_.used_steps(), heap_.peak_bytes()}; }

  // --- limits and failures ---
  Heap& heap() { return heap_; }
  // Pays for `n` steps. False when the rendering is to stop.
  bool step(std::size_t n = 1);
  bool ok() const { return !error_; }
  // Remembers the first failure, at the line being run. Returns an empty value for callers to return.
  Value fail(ErrorCode code, std::string what);
  Value type_error(std::string what) { return fail(ErrorCode::kBadFile, std::move(what)); }
  Value undefined_error(const Value& value);

  // Nesting of evaluation while it lives; check ok() after making one.
  class Depth {
   public:
    explicit Depth(Interpreter& in);
    ~Depth() { --in_.depth_; }

   private:
    Interpreter& in_;
  };

  // --- evaluation ---
  Value evaluate(const Expr* expr);
  Flow run_body(const Body& body);
  Value call(const Value& callee, Args args);
  Args evaluate_arguments(const Arguments& arguments);
  Value constant(std::uint32_t index);
  std::string_view name_text(NameId name) const { return program_.names[name]; }

  // --- names ---
  Value lookup(NameId name);
  void assign(const Target& target, const Value& value);
  const Ref<Scope>& scope() const { return scope_; }
  // A scope inside the current one, or inside `parent`, while it lives.
  class InnerScope {
   public:
    InnerScope(Interpreter& in, const Frame& frame) : InnerScope(in, frame, in.scope_) {}
    InnerScope(Interpreter& in, const Frame& frame, Ref<Scope> parent);
    // Starts over for the next pass of a loop; a macro that holds the scope keeps it.
    void restart(const Frame& frame);
    ~InnerScope() { in_.scope_ = std::move(outer_); }

   private:
    Interpreter& in_;
    Ref<Scope> outer_;
  };

  // --- text ---
  void emit(const Value& value);
  // Runs `body`; `written` gets its output.
  Flow capture(const Body& body, Value& written);
  // The text that a filter or set block captured, for the filters at its start.
  const Value& captured() const { return captured_; }
  void set_captured(Value text) { captured_ = std::move(text); }
  Value text(std::string_view bytes, bool trusted = true);

  const RenderOptions& options() const { return options_; }

 private:
  friend class Depth;
  Value context_value(NameId name);
  bool unpack(const Target& target, const Value& value);
  Value limit_error();

  Heap heap_;  // first: outlives every value
  const Program& program_;
  const nlohmann::ordered_json& variables_;
  const RenderOptions options_;
  TextBuilder root_output_;
  TextBuilder* output_ = &root_output_;
  Ref<Scope> scope_;
  Value captured_;
  std::vector<Value> constants_;  // made on first use
  std::vector<Value> context_;    // the caller's variables and the globals, by NameId, on first use
  std::optional<Error> error_;
  int line_ = 0;
  std::size_t depth_ = 0;
};

}  // namespace sotto::text::jinja
