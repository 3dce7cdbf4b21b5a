// A macro, or the body of a call block: template text that can be called.
#pragma once

#include "text/jinja/interpreter.h"

namespace sotto::text::jinja {

class Macro final : public Native {
 public:
  Macro(Heap& heap, const MacroBody& body, Ref<Scope> closure)
      : Native(heap, sizeof(Macro)), body_(body), closure_(std::move(closure)) {}
  std::string_view type() const override { return "Macro"; }
  bool callable() const override { return true; }
  Value call(Interpreter& in, Args args) override;
  Value attribute(Interpreter& in, std::string_view name) override;
  void print(Interpreter& in, TextBuilder& out) const override;

 private:
  bool bind(Interpreter& in, Args& args, std::vector<Value>& slots);
  bool bind_extras(Interpreter& in, Args& args, std::size_t n_taken, bool caller_is_param);

  const MacroBody& body_;
  const Ref<Scope> closure_;
};

}  // namespace sotto::text::jinja
