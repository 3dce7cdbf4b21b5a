// Values that only templates' own machinery makes: functions, macros, loops, namespaces, iterators.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "text/jinja/value.h"

namespace sotto::text::jinja {

class Interpreter;

// What a call was given; `named` keeps the order of writing, its keys are strings.
struct Args {
  std::vector<Value> positional;
  std::vector<Dict::Entry> named;

  // Takes a named argument out; kMissing when it was not given.
  Value take(std::string_view name);
};

class Native : public Object {
 public:
  virtual std::string_view type() const = 0;
  virtual bool callable() const { return false; }
  virtual Value call(Interpreter& in, Args args);
  // kMissing when there is no such attribute.
  virtual Value attribute(Interpreter&, std::string_view) { return {}; }
  virtual bool is_iterator() const { return false; }
  virtual void print(Interpreter&, TextBuilder& out) const;

 protected:
  using Object::Object;
};

// Yields items one at a time, once.
class Iterator : public Native {
 public:
  // False at the end or when the interpreter has failed.
  virtual bool next(Interpreter& in, Value& item) = 0;
  bool is_iterator() const override { return true; }
  std::string_view type() const override { return "generator"; }

 protected:
  using Native::Native;
};

// namespace(): the one value that a template may change.
class Namespace final : public Native {
 public:
  explicit Namespace(Heap& heap);
  std::string_view type() const override { return "Namespace"; }
  Value attribute(Interpreter& in, std::string_view name) override;
  void print(Interpreter& in, TextBuilder& out) const override;
  void set(Value name, Value value) { attributes_->set(std::move(name), std::move(value)); }

 private:
  void drop_references() override { attributes_->clear(); }
  Ref<Dict> attributes_;
};

// A function of the interpreter's own: global, filter, test or method. `params` lists the names in order, separated by
// commas; a '?' ends an optional one; "*" takes whatever comes.
struct Builtin {
  std::string_view name;
  std::string_view params;
  // `args` has one value for each parameter, kMissing where not given; `self` is the subject.
  Value (*run)(Interpreter& in, const Value& self, const Values& args);
  Value (*run_any)(Interpreter& in, const Value& self, Args args) = nullptr;  // for "*"
};

Value call_builtin(Interpreter& in, const Builtin& builtin, const Value& self, Args args);

// A builtin bound to its subject: `text.strip`.
class Function final : public Native {
 public:
  Function(Heap& heap, const Builtin& builtin, Value self)
      : Native(heap, sizeof(Function)), builtin_(builtin), self_(std::move(self)) {}
  std::string_view type() const override { return "builtin_function_or_method"; }
  bool callable() const override { return true; }
  Value call(Interpreter& in, Args args) override;
  void print(Interpreter& in, TextBuilder& out) const override;

 private:
  const Builtin& builtin_;
  const Value self_;
};

}  // namespace sotto::text::jinja
