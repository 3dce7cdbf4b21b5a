#include "text/jinja/native.h"

#include <fmt/format.h>

#include "text/jinja/interpreter.h"
#include "text/jinja/operations.h"

namespace sotto::text::jinja {
namespace {

struct Param {
  std::string_view name;
  bool optional;
};

std::vector<Param> split_params(std::string_view list) {
  std::vector<Param> params;
  while (!list.empty()) {
    const std::size_t comma = std::min(list.find(','), list.size());
    std::string_view name = list.substr(0, comma);
    const bool optional = name.back() == '?';
    if (optional) name.remove_suffix(1);
    params.push_back({name, optional});
    list.remove_prefix(std::min(comma + 1, list.size()));
  }
  return params;
}

// Lays the arguments out in the order of the parameters. False when they do not fit.
bool bind(Interpreter& in, const Builtin& builtin, Args& args, std::vector<Value>& slots) {
  const std::vector<Param> params = split_params(builtin.params);
  if (args.positional.size() > params.size()) {
    in.type_error(fmt::format("{} takes at most {} arguments, {} were given", builtin.name, params.size(),
                              args.positional.size()));
    return false;
  }
  slots = std::move(args.positional);
  slots.resize(params.size());
  for (Dict::Entry& entry : args.named) {
    std::size_t i = 0;
    while (i < params.size() && params[i].name != entry.key.bytes()) ++i;
    if (i == params.size() || !slots[i].missing()) {
      in.type_error(fmt::format("{} has no parameter '{}', or it was given twice", builtin.name, entry.key.bytes()));
      return false;
    }
    slots[i] = std::move(entry.value);
  }
  for (std::size_t i = 0; i < params.size(); ++i) {
    if (!slots[i].missing() || params[i].optional) continue;
    in.type_error(fmt::format("{} needs the argument '{}'", builtin.name, params[i].name));
    return false;
  }
  return true;
}

}  // namespace

Value Args::take(std::string_view name) {
  for (std::size_t i = 0; i < named.size(); ++i) {
    if (named[i].key.bytes() != name) continue;
    Value value = std::move(named[i].value);
    named.erase(named.begin() + static_cast<std::ptrdiff_t>(i));
    return value;
  }
  return {};
}

Value Native::call(Interpreter& in, Args) { return in.type_error(fmt::format("'{}' object is not callable", type())); }

void Native::print(Interpreter&, TextBuilder& out) const { out.append(fmt::format("<{} object>", type()), true); }

Namespace::Namespace(Heap& heap) : Native(heap, sizeof(Namespace)), attributes_(make<Dict>(heap)) {
  register_mutable();
}

Value Namespace::attribute(Interpreter&, std::string_view name) {
  const Value* found = attributes_->find(name);
  return found ? *found : Value();
}

void Namespace::print(Interpreter& in, TextBuilder& out) const {
  out.append("<Namespace ", true);
  print_repr(in, Value::of(attributes_), out);
  out.append(">", true);
}

Value Function::call(Interpreter& in, Args args) { return call_builtin(in, builtin_, self_, std::move(args)); }

void Function::print(Interpreter&, TextBuilder& out) const {
  out.append(fmt::format("<function {}>", builtin_.name), true);
}

Value call_builtin(Interpreter& in, const Builtin& builtin, const Value& self, Args args) {
  if (!in.step(2 + args.positional.size() + args.named.size())) return {};
  if (builtin.run_any) return builtin.run_any(in, self, std::move(args));
  std::vector<Value> slots;
  if (!bind(in, builtin, args, slots)) return {};
  return builtin.run(in, self, slots);
}

}  // namespace sotto::text::jinja
