#include <algorithm>

#include <fmt/format.h>

#include "text/jinja/operations.h"
#include "text/jinja/registry.h"
#include "text/utf8.h"

namespace sotto::text::jinja {
namespace {

// An attribute of the object's type; kMissing when it has none of that name.
Value own_attribute(Interpreter& in, const Value& object, std::string_view name) {
  if (object.is(Kind::kNative)) return object.native().attribute(in, name);
  if (const Builtin* method = find_method(object.kind(), name)) {
    return Value::of(make<Function>(in.heap(), *method, object));
  }
  if (object.is(Kind::kTuple) && object.items().is_group) {
    if (name == "grouper") return object.items()[0];
    if (name == "list") return object.items()[1];
  }
  if (is_refused_attribute(object.kind(), name)) return Value::undefined(Absence::kUnsafe, name);
  if (is_unsupported_attribute(object.kind(), name)) {
    return in.fail(ErrorCode::kUnsupported,
                   fmt::format("the attribute '{}' of '{}' is not supported", name, type_name(object)));
  }
  return {};
}

// object[key]; kMissing where Python raises a TypeError or a LookupError.
Value own_item(Interpreter& in, const Value& object, const Value& key) {
  if (object.is(Kind::kDict)) {
    if (!hashable(key)) return {};
    const Value* found = object.dict().find(key);
    return found ? *found : Value();
  }
  const bool indexed = object.is_string() || object.is_sequence() || object.is(Kind::kRange);
  if (!indexed || !key.is_integral()) return {};
  const auto n = static_cast<Int>(length(object));
  Int index = key.integer();
  if (index < 0) index += n;
  if (index < 0 || index >= n) return {};
  if (object.is_string() && !object.str().one_byte_chars()) in.step(static_cast<std::size_t>(index) / 16);
  return item_at(in, object, static_cast<std::size_t>(index));
}

struct Bounds {
  Int start, stop, step;
  std::size_t count;
};

bool slice_step(Interpreter& in, const Value& by, Int& step) {
  step = 1;
  if (!by.none_or_missing() && !to_index(in, by, step)) return false;
  if (step == 0) in.type_error("slice step cannot be zero");
  return step != 0;
}

// Python's slice.indices()
bool slice_bounds(Interpreter& in, Int n, const Value& from, const Value& to, const Value& by, Bounds& out) {
  if (!slice_step(in, by, out.step)) return false;
  const bool forward = out.step > 0;
  const Int low = forward ? 0 : -1, high = forward ? n : n - 1;
  const auto bound = [&](const Value& given, Int fallback, Int& result) {
    result = fallback;
    if (given.none_or_missing()) return true;
    if (!to_index(in, given, result)) return false;
    if (result < 0) result = std::max(result + n, low);
    result = std::min(result, high);
    return true;
  };
  if (!bound(from, forward ? low : high, out.start) || !bound(to, forward ? high : low, out.stop)) {
    return false;
  }
  const Int span = forward ? out.stop - out.start : out.start - out.stop;
  const Int stride = forward ? out.step : -out.step;
  out.count = span > 0 ? static_cast<std::size_t>((span - 1) / stride + 1) : 0;
  return true;
}

Value slice_text(Interpreter& in, const Str& text, const Bounds& b) {
  if (!in.step(text.size() / 32 + b.count)) return {};
  if (b.step == 1) {
    const std::size_t from = text.byte_offset(static_cast<std::size_t>(b.start));
    const std::size_t to = text.byte_offset(static_cast<std::size_t>(b.start) + b.count);
    return substring(in, text, from, std::max(from, to));
  }
  std::vector<std::size_t> begins;  // of each character, where they are not one byte each
  if (!text.one_byte_chars()) {
    if (!in.step(text.size() / 4) || !in.heap().can_take(text.size() * sizeof(begins[0]))) return {};
    for (std::size_t at = 0; at < text.size(); at += decode_utf8(text.bytes().substr(at)).length) {
      begins.push_back(at);
    }
    begins.push_back(text.size());
  }
  const auto begin_of = [&](std::size_t i) { return begins.empty() ? i : begins[i]; };
  TextBuilder out(in.heap());
  Int at = b.start;
  for (std::size_t i = 0; i < b.count; ++i, at += b.step) {
    const auto index = static_cast<std::size_t>(at);
    out.append(text, begin_of(index), begin_of(index + 1));
  }
  return Value::of(out.finish());
}

}  // namespace

Value get_attribute(Interpreter& in, const Value& object, std::string_view name) {
  if (object.undefined()) return in.undefined_error(object);
  Value value = own_attribute(in, object, name);
  if (!in.ok() || !value.missing()) return value;
  if (object.is(Kind::kDict)) {
    if (const Value* found = object.dict().find(name)) return *found;
  }
  return Value::undefined(Absence::kAttribute, name);
}

Value get_item(Interpreter& in, const Value& object, const Value& key) {
  if (object.undefined()) return in.undefined_error(object);
  Value value = own_item(in, object, key);
  if (!in.ok() || !value.missing()) return value;
  if (key.is_string()) {
    value = own_attribute(in, object, key.bytes());
    if (value.undefined() && value.absence() == Absence::kUnsafe) {
      return Value::undefined(Absence::kReason, "access to this attribute is unsafe");
    }
    if (!in.ok() || !value.missing()) return value;
  }
  return Value::undefined(Absence::kReason, "there is no such element");
}

Value get_slice(Interpreter& in, const Value& object, const Value& from, const Value& to, const Value& by) {
  if (object.undefined()) return in.undefined_error(object);
  Bounds b;
  if (!object.is_string() && !object.is_sequence() && !object.is(Kind::kRange)) {
    return in.type_error(fmt::format("'{}' object cannot be sliced", type_name(object)));
  }
  if (!slice_bounds(in, static_cast<Int>(length(object)), from, to, by, b)) return {};
  if (object.is_string()) return slice_text(in, object.str(), b);
  if (object.is(Kind::kRange)) {
    const RangeObject& range = object.range();
    return Value::of(make<RangeObject>(in.heap(), range.at(b.start), range.at(b.stop), range.step * b.step));
  }
  Ref<List> part = make<List>(in.heap());
  if (!in.step(b.count)) return {};
  part->reserve(b.count);
  Int at = b.start;
  for (std::size_t i = 0; i < b.count; ++i, at += b.step) {
    part->push(object.items()[static_cast<std::size_t>(at)]);
  }
  return object.is(Kind::kTuple) ? Value::tuple(part) : Value::list(part);
}

Value get_path(Interpreter& in, const Value& object, const Value& path, const Value& fallback) {
  Value value = object;
  const auto enter = [&](const Value& key) {
    value = get_item(in, value, key);
    if (value.undefined() && !fallback.none_or_missing()) value = fallback;
  };
  if (path.none_or_missing()) return value;
  if (!path.is_string()) {
    enter(path);
    return value;
  }
  std::string_view rest = path.bytes();
  for (;;) {
    const std::string_view part = rest.substr(0, rest.find('.'));
    const bool number = !part.empty() && part.size() < 10 &&
                        std::all_of(part.begin(), part.end(), [](char c) { return c >= '0' && c <= '9'; });
    Int index = 0;
    if (number) {
      for (const char c : part) index = index * 10 + (c - '0');
    }
    enter(number ? Value::of(index) : in.text(part));
    if (!in.ok() || part.size() == rest.size()) return value;
    rest.remove_prefix(part.size() + 1);
  }
}

}  // namespace sotto::text::jinja
