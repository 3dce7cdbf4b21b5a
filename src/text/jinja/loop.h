// The `loop` variable of a for statement.
#pragma once

#include "text/jinja/interpreter.h"

namespace sotto::text::jinja {

class Loop final : public Native {
 public:
  // `statement`: what loop(…) runs again, null unless the loop is recursive. `scope`: where the statement stands.
  Loop(Heap& heap, Value iterable, Ref<Iterator> items, const ForStmt* statement, Ref<Scope> scope, Int depth0);

  // Moves to the next item; false at the end.
  bool advance(Interpreter& in, Value& item);

  std::string_view type() const override { return "LoopContext"; }
  bool callable() const override { return true; }
  Value attribute(Interpreter& in, std::string_view name) override;
  Value call(Interpreter& in, Args args) override;
  void print(Interpreter& in, TextBuilder& out) const override;
  Value cycle(Interpreter& in, const Args& args) const;
  Value changed(Interpreter& in, const Args& args);

 private:
  using Property = Value (Loop::*)(Interpreter&);
  void drop_references() override;
  Int length(Interpreter& in);
  const Value& peek(Interpreter& in);
  Value get_length(Interpreter& in) { return Value::of(length(in)); }
  Value get_index(Interpreter&) { return Value::of(index0_ + 1); }
  Value get_index0(Interpreter&) { return Value::of(index0_); }
  Value get_revindex(Interpreter& in) { return Value::of(length(in) - index0_); }
  Value get_revindex0(Interpreter& in) { return Value::of(length(in) - index0_ - 1); }
  Value get_first(Interpreter&) { return Value::of(index0_ == 0); }
  Value get_last(Interpreter& in) { return Value::of(peek(in).missing()); }
  Value get_depth(Interpreter&) { return Value::of(depth0_ + 1); }
  Value get_depth0(Interpreter&) { return Value::of(depth0_); }
  Value get_previtem(Interpreter& in);
  Value get_nextitem(Interpreter& in);

  Value iterable_;
  Ref<Iterator> items_;
  const ForStmt* statement_;
  Ref<Scope> scope_;
  Int index0_ = -1, depth0_, length_ = -1;
  Value before_, current_, after_, last_changed_;
};

// Runs the loop over `iterable`; `outer` is the scope that the statement stands in.
Flow run_loop(Interpreter& in, const ForStmt& statement, const Value& iterable, const Ref<Scope>& outer, Int depth0);

// The text of a recursive loop over `iterable`.
Value run_recursive_loop(Interpreter& in, const ForStmt& statement, const Value& iterable, const Ref<Scope>& outer,
                         Int depth0);

}  // namespace sotto::text::jinja
