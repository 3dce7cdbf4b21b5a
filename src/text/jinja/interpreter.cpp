#include "text/jinja/interpreter.h"

#include <algorithm>
#include <array>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "text/jinja/operations.h"
#include "text/jinja/registry.h"

namespace sotto::text::jinja {
namespace {

constexpr std::size_t kMaxInputDepth = 200;
constexpr std::size_t kPieceBytes = sizeof(Piece) + 24;  // with its heap block, for each run of the output

using Json = nlohmann::ordered_json;

// The bytes that values made of `json` take, roughly; false when it is nested too deeply.
bool weigh(const Json& json, std::size_t depth, std::size_t& bytes, std::size_t& nodes) {
  if (depth > kMaxInputDepth) return false;
  ++nodes;
  if (json.is_string()) bytes += json.get_ref<const std::string&>().size();
  if (!json.is_structured()) return true;
  for (const auto& [key, item] : json.items()) {
    if (json.is_object()) {
      bytes += key.size();
      ++nodes;
    }
    if (!weigh(item, depth + 1, bytes, nodes)) return false;
  }
  return true;
}

bool holds_untrusted_text(std::string_view variable) {
  static constexpr std::array<std::string_view, 3> kUntrusted = {"messages", "tools", "documents"};
  return std::find(kUntrusted.begin(), kUntrusted.end(), variable) != kUntrusted.end();
}

}  // namespace

Scope::Scope(Heap& heap, Ref<Scope> parent) : Object(heap, sizeof(Scope)), parent_(std::move(parent)) {
  register_mutable();
}

void Scope::drop_references() {
  values_.clear();
  parent_ = {};
}

void Scope::set(NameId name, Value value) {
  for (auto& [known, slot] : values_) {
    if (known != name) continue;
    slot = std::move(value);
    return;
  }
  values_.emplace_back(name, std::move(value));
  charge(values_.capacity() * sizeof(values_[0]), sizeof(Scope));
}

const Value* Scope::find(NameId name) const {
  if (values_.size() > 16) heap().burn(values_.size() / 4);
  for (const auto& [known, value] : values_) {
    if (known == name) return &value;
  }
  return nullptr;
}

void Scope::enter(const Frame& frame) {
  if (!heap().burn(frame.unset.size() / 4 + 1)) return;
  values_.reserve(frame.unset.size() + 2);
  for (const NameId name : frame.unset) values_.emplace_back(name, Value());
  charge(values_.capacity() * sizeof(values_[0]), sizeof(Scope));
}

Interpreter::Depth::Depth(Interpreter& in) : in_(in) {
  if (++in_.depth_ > in_.options_.budget.depth) {
    in_.fail(ErrorCode::kBudget, fmt::format("nested more than {} deep", in_.options_.budget.depth));
  }
}

Interpreter::InnerScope::InnerScope(Interpreter& in, const Frame& frame, Ref<Scope> parent)
    : in_(in), outer_(in.scope_) {
  in_.scope_ = make<Scope>(in.heap_, std::move(parent));
  in_.scope_->enter(frame);
}

void Interpreter::InnerScope::restart(const Frame& frame) {
  if (in_.scope_->references() == 1) return in_.scope_->reset(frame);
  in_.scope_ = make<Scope>(in_.heap_, in_.scope_->parent());
  in_.scope_->enter(frame);
}

Interpreter::Interpreter(const Program& program, const Json& variables, const RenderOptions& options)
    : heap_(options.budget.output_bytes, options.budget.steps),
      program_(program),
      variables_(variables),
      options_(options),
      root_output_(heap_, kPieceBytes),
      constants_(program.constants.size()),
      context_(program.names.size()) {
  scope_ = make<Scope>(heap_, Ref<Scope>());
  scope_->enter(program.frame);
}

Result<std::vector<Piece>> Interpreter::run() {
  std::size_t bytes = 0, nodes = 0;
  if (!variables_.is_object() || !weigh(variables_, 0, bytes, nodes)) {
    return Unexpected(
        ErrorCode::kBadRequest,
        fmt::format("chat template: the variables must be an object nested at most {} deep", kMaxInputDepth));
  }
  // The limits are for the template: what the caller brings comes on top, with room to join and copy it.
  heap_.raise_limits(6 * bytes + 512 * nodes, bytes + 64 * nodes);
  heap_.take((constants_.size() + context_.size()) * sizeof(Value));
  run_body(program_.body);
  heap_.give_back((constants_.size() + context_.size()) * sizeof(Value));
  if (ok() && heap_.exhausted()) limit_error();
  if (!ok()) return Unexpected(std::move(*error_));
  std::vector<Piece> pieces;
  const std::string_view rendered = root_output_.bytes();
  pieces.reserve(root_output_.runs().size());
  std::size_t begin = 0;
  for (const Run& run : root_output_.runs()) {
    pieces.push_back({std::string(rendered.substr(begin, run.end - begin)), run.trusted});
    begin = run.end;
  }
  return pieces;
}

bool Interpreter::step(std::size_t n) {
  if (!heap_.burn(n) && ok()) limit_error();
  return ok();
}

Value Interpreter::limit_error() {
  return heap_.out_of_steps()
             ? fail(ErrorCode::kBudget, fmt::format("more than {} steps", heap_.limit_steps()))
             : fail(ErrorCode::kBudget, fmt::format("more than {} bytes of values and output", heap_.limit_bytes()));
}

Value Interpreter::fail(ErrorCode code, std::string what) {
  if (ok()) error_ = Error{code, fmt::format("chat template, line {}: {}", line_, what)};
  return {};
}

Value Interpreter::undefined_error(const Value& value) {
  const std::string_view text = value.absence_text();
  switch (value.absence()) {
    case Absence::kName: return type_error(fmt::format("'{}' is undefined", text));
    case Absence::kAttribute: return type_error(fmt::format("there is no attribute '{}'", text));
    case Absence::kUnsafe: return type_error(fmt::format("access to attribute '{}' is unsafe", text));
    case Absence::kReason: break;
  }
  return type_error(std::string(text));
}

Value Interpreter::evaluate(const Expr* expr) {
  if (!step()) return {};
  Depth depth(*this);
  if (!ok()) return {};
  line_ = expr->line;
  Value value = expr->eval(*this);
  if (ok()) line_ = expr->line;
  return value;
}

Flow Interpreter::run_body(const Body& body) {
  Depth depth(*this);
  for (const Stmt* statement : body) {
    if (!step()) return Flow::kFailed;
    line_ = statement->line;
    const Flow flow = statement->exec(*this);
    if (!ok()) return Flow::kFailed;
    if (flow != Flow::kNext) return flow;
  }
  return Flow::kNext;
}

Value Interpreter::call(const Value& callee, Args args) {
  if (callee.undefined()) return undefined_error(callee);
  if (!callee.is(Kind::kNative)) {
    return type_error(fmt::format("'{}' object is not callable", type_name(callee)));
  }
  return callee.native().call(*this, std::move(args));
}

Args Interpreter::evaluate_arguments(const Arguments& arguments) {
  Args args;
  args.positional.reserve(arguments.positional.size());
  for (const Expr* expr : arguments.positional) args.positional.push_back(evaluate(expr));
  for (const auto& [key, expr] : arguments.named) args.named.push_back({constant(key), evaluate(expr)});
  if (arguments.spread) {
    const Ref<List> more = to_list(*this, evaluate(arguments.spread));
    if (!ok() || !step(more->size())) return args;
    args.positional.insert(args.positional.end(), more->all().begin(), more->all().end());
  }
  if (arguments.spread_named) {
    const Value more = evaluate(arguments.spread_named);
    if (ok() && !more.is(Kind::kDict)) type_error("the argument after ** must be a mapping");
    if (!ok() || !step(more.dict().size())) return args;
    for (const Dict::Entry& entry : more.dict().entries()) {
      if (!entry.key.is_string()) type_error("names of arguments must be strings");
      if (!ok()) return args;
      args.named.push_back(entry);
    }
  }
  return args;
}

Value Interpreter::constant(std::uint32_t index) {
  Value& slot = constants_[index];
  if (!slot.missing()) return slot;
  const Literal& literal = program_.constants[index];
  switch (literal.type) {
    case Literal::Type::kNone: slot = Value::none(); break;
    case Literal::Type::kBool: slot = Value::of(literal.boolean); break;
    case Literal::Type::kInt: slot = Value::of(literal.integer); break;
    case Literal::Type::kFloat: slot = Value::of(literal.real); break;
    case Literal::Type::kText: slot = Value::of(make<Str>(heap_, literal.text, true)); break;
  }
  return slot;
}

Value Interpreter::lookup(NameId name) {
  for (const Scope* scope = scope_.get(); scope; scope = scope->parent().get()) {
    const Value* found = scope->find(name);
    if (!found) continue;
    return found->missing() ? Value::undefined(Absence::kName, name_text(name)) : *found;
  }
  return context_value(name);
}

Value Interpreter::context_value(NameId name) {
  Value& slot = context_[name];
  if (!slot.missing()) return slot;
  const std::string_view text = name_text(name);
  if (const auto given = variables_.find(text); given != variables_.end()) {
    slot = from_json(*this, *given, !holds_untrusted_text(text));
  } else if (const Builtin* global = find_global(text)) {
    slot = Value::of(make<Function>(heap_, *global, Value()));
  } else {
    slot = Value::undefined(Absence::kName, text);
  }
  return slot;
}

bool Interpreter::unpack(const Target& target, const Value& value) {
  const Ref<List> parts = to_list(*this, value);
  if (!ok()) return false;
  if (parts->size() != target.parts.size()) {
    type_error(fmt::format("{} values to unpack, {} expected", parts->size(), target.parts.size()));
    return false;
  }
  for (std::size_t i = 0; i < target.parts.size() && ok(); ++i) assign(target.parts[i], (*parts)[i]);
  return ok();
}

void Interpreter::assign(const Target& target, const Value& value) {
  if (target.tuple) {
    unpack(target, value);
    return;
  }
  if (target.attribute.empty()) return scope_->set(target.name, value);
  const Value object = lookup(target.name);
  auto* space = object.is(Kind::kNative) ? dynamic_cast<Namespace*>(&object.native()) : nullptr;
  if (!space) {
    type_error("cannot assign attribute on non-namespace object");
  } else if (target.attribute.starts_with("_")) {
    type_error("a namespace's attribute cannot begin with an underscore");
  } else {
    space->set(text(target.attribute), value);
  }
}

void Interpreter::emit(const Value& value) { print_value(*this, value, *output_); }

Flow Interpreter::capture(const Body& body, Value& written) {
  TextBuilder inner(heap_);
  TextBuilder* const outer = std::exchange(output_, &inner);
  const Flow flow = run_body(body);
  output_ = outer;
  written = Value::of(inner.finish());
  return flow;
}

Value Interpreter::text(std::string_view bytes, bool trusted) {
  TextBuilder builder(heap_);
  builder.append(bytes, trusted);
  return Value::of(builder.finish());
}

}  // namespace sotto::text::jinja
