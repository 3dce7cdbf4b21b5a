#include "text/jinja/macro.h"

#include <algorithm>

#include <fmt/format.h>

#include "text/jinja/operations.h"

namespace sotto::text::jinja {

Value Macro::call(Interpreter& in, Args args) {
  Interpreter::Depth depth(in);
  if (!in.step(args.positional.size() + args.named.size() + 1)) return {};
  Interpreter::InnerScope scope(in, body_.frame, closure_);
  std::vector<Value> slots;
  if (!bind(in, args, slots)) return {};
  const std::size_t n_required = slots.size() - body_.defaults.size();
  for (std::size_t i = 0; i < slots.size(); ++i) in.scope()->set(body_.params[i], slots[i]);
  for (std::size_t i = 0; i < slots.size() && in.ok(); ++i) {
    if (!slots[i].missing()) continue;
    const NameId name = body_.params[i];
    in.scope()->set(name, i < n_required ? Value::undefined(Absence::kName, in.name_text(name))
                                         : in.evaluate(body_.defaults[i - n_required]));
  }
  if (!in.ok()) return {};
  Value text;
  in.capture(body_.body, text);
  return text;
}

bool Macro::bind(Interpreter& in, Args& args, std::vector<Value>& slots) {
  const std::size_t n_params = body_.params.size();
  const std::size_t n_taken = std::min(n_params, args.positional.size());
  slots.assign(args.positional.begin(), args.positional.begin() + static_cast<std::ptrdiff_t>(n_taken));
  bool caller_is_param =
      n_taken == n_params && std::find(body_.params.begin(), body_.params.end(), kNameCaller) != body_.params.end();
  for (std::size_t i = n_taken; i < n_params; ++i) {
    slots.push_back(args.take(in.name_text(body_.params[i])));
    caller_is_param = caller_is_param || body_.params[i] == kNameCaller;
  }
  return bind_extras(in, args, n_taken, caller_is_param);
}

bool Macro::bind_extras(Interpreter& in, Args& args, std::size_t n_taken, bool caller_is_param) {
  if (body_.uses_caller && !caller_is_param) {
    Value caller = args.take("caller");
    if (caller.none_or_missing()) caller = Value::undefined(Absence::kReason, "No caller defined");
    in.scope()->set(kNameCaller, std::move(caller));
  }
  if (body_.uses_kwargs) {
    Ref<Dict> named = make<Dict>(in.heap());
    for (Dict::Entry& entry : args.named) named->set(std::move(entry.key), std::move(entry.value));
    in.scope()->set(kNameKwargs, Value::of(named));
  } else if (!args.named.empty()) {
    in.type_error(fmt::format("macro '{}' takes no keyword argument '{}'", body_.name, args.named[0].key.bytes()));
    return false;
  }
  if (body_.uses_varargs) {
    Ref<List> rest = make<List>(in.heap());
    for (std::size_t i = n_taken; i < args.positional.size(); ++i) rest->push(args.positional[i]);
    in.scope()->set(kNameVarargs, Value::tuple(rest));
  } else if (args.positional.size() > body_.params.size()) {
    in.type_error(fmt::format("macro '{}' takes not more than {} argument(s)", body_.name, body_.params.size()));
    return false;
  }
  return true;
}

Value Macro::attribute(Interpreter& in, std::string_view name) {
  if (name == "name") return body_.name.empty() ? Value::none() : in.text(body_.name);
  if (name == "catch_kwargs") return Value::of(body_.uses_kwargs);
  if (name == "catch_varargs") return Value::of(body_.uses_varargs);
  if (name == "caller") return Value::of(body_.uses_caller);
  if (name != "arguments") return {};
  Ref<List> names = make<List>(heap());
  for (const NameId param : body_.params) names->push(in.text(in.name_text(param)));
  return Value::tuple(names);
}

void Macro::print(Interpreter&, TextBuilder& out) const {
  out.append(body_.name.empty() ? "<Macro anonymous>" : fmt::format("<Macro '{}'>", body_.name), true);
}

}  // namespace sotto::text::jinja
