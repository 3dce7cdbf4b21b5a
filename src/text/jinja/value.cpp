#include "text/jinja/value.h"

#include <algorithm>
#include <cmath>
#include <random>

#include "text/jinja/native.h"

namespace sotto::text::jinja {
namespace {

constexpr int kMaxKeyDepth = 50;  // tuples in tuples

// Tuples that share their parts are trees of exponential size to whoever walks them.
bool pay_for(const List& items) { return items.heap().burn(1 + items.size()); }

// Keys come from hostile templates: their order in the table must not be theirs to choose.
std::uint64_t hash_seed() {
  static const std::uint64_t seed = (std::uint64_t{std::random_device{}()} << 32) | std::random_device{}();
  return seed;
}

std::uint64_t mix(std::uint64_t x) {  // splitmix64, Steele et al. 2014
  x += 0x9E3779B97F4A7C15ull;
  x = (x ^ (x >> 30)) * 0xBF58476D1CE4E5B9ull;
  x = (x ^ (x >> 27)) * 0x94D049BB133111EBull;
  return x ^ (x >> 31);
}

std::uint64_t hash_text(std::string_view text) {
  std::uint64_t h = hash_seed();
  for (const char c : text) h = (h ^ static_cast<unsigned char>(c)) * 0x100000001B3ull;
  return mix(h);
}

std::uint64_t hash_number(const Value& value) {
  if (value.is_integral()) {
    const Int i = value.integer();
    return mix(static_cast<std::uint64_t>(i) ^ mix(static_cast<std::uint64_t>(i >> 64) ^ hash_seed()));
  }
  const double d = value.real();
  if (d == std::floor(d) && std::fabs(d) < 1e38) return hash_number(Value::of(static_cast<Int>(d)));
  return hash_text({reinterpret_cast<const char*>(&d), sizeof d});
}

std::uint64_t hash_value(const Value& value) {
  if (value.is_number()) return hash_number(value);
  if (value.is_string()) return hash_text(value.bytes());
  std::uint64_t h = hash_seed() + static_cast<std::uint64_t>(value.kind());
  if (value.is(Kind::kTuple) && pay_for(value.items())) {
    for (const Value& item : value.items().all()) h = mix(h ^ hash_value(item));
  }
  return mix(h);
}

}  // namespace

Value::Value(const Value& other) : kind_(other.kind_), why_(other.why_), text_(other.text_) {
  if (kind_ >= Kind::kStr) object_->retain();
}

Value::Value(Value&& other) noexcept : kind_(other.kind_), why_(other.why_), text_(other.text_) {
  other.kind_ = Kind::kMissing;
}

void Value::swap(Value& other) noexcept {
  std::swap(kind_, other.kind_);
  std::swap(why_, other.why_);
  std::swap(text_, other.text_);
}

Value Value::of_bool(bool b) {
  Value v(Kind::kBool);
  v.b_ = b;
  return v;
}

Value Value::of(Int i) {
  Value v(Kind::kInt);
  v.i_ = i;
  return v;
}

Value Value::of(double d) {
  Value v(Kind::kFloat);
  v.d_ = d;
  return v;
}

Value Value::undefined(Absence why, std::string_view text) {
  Value v(Kind::kUndefined);
  v.why_ = why;
  v.text_ = {text.data(), text.size()};
  return v;
}

Value Value::of(Ref<Native> n) { return Value(Kind::kNative, n.get()); }
Native& Value::native() const { return *static_cast<Native*>(object_); }

bool Value::same_as(const Value& other) const {
  if (kind_ != other.kind_) return false;
  if (kind_ >= Kind::kStr) return object_ == other.object_;
  if (kind_ == Kind::kBool) return b_ == other.b_;
  if (kind_ == Kind::kInt) return i_ == other.i_;
  return kind_ == Kind::kNone;
}

void List::reserve(std::size_t n) {
  if (n <= items_.capacity() || !heap().can_take(n * sizeof(Value))) return;
  items_.reserve(n);
  charge(items_.capacity() * sizeof(Value), sizeof(List));
}

void List::push(Value value) {
  if (items_.size() == items_.capacity()) {
    reserve(std::max<std::size_t>(4, items_.size() + items_.size() / 2));
    if (items_.size() == items_.capacity()) return;
  }
  items_.push_back(std::move(value));
}

void List::replace(std::vector<Value> items) {
  items_ = std::move(items);
  charge(items_.capacity() * sizeof(Value), sizeof(List));
}

template <class Same>
std::size_t Dict::probe(std::uint64_t hash, Same&& same) const {
  const std::size_t mask = index_.size() - 1;
  std::size_t slot = hash & mask;
  while (index_[slot] != 0 && !same(entries_[index_[slot] - 1].key)) slot = (slot + 1) & mask;
  return slot;
}

std::size_t Dict::position(const Value& key) const {
  const auto same = [&](const Value& other) { return keys_equal(other, key); };
  if (index_.empty()) {
    for (std::size_t i = 0; i < entries_.size(); ++i) {
      if (same(entries_[i].key)) return i;
    }
    return entries_.size();
  }
  const std::size_t slot = probe(hash_value(key), same);
  return index_[slot] ? index_[slot] - 1 : entries_.size();
}

const Value* Dict::find(const Value& key) const {
  const std::size_t at = position(key);
  return at < entries_.size() ? &entries_[at].value : nullptr;
}

const Value* Dict::find(std::string_view key) const {
  const auto same = [&](const Value& other) { return other.is_string() && other.bytes() == key; };
  if (index_.empty()) {
    for (const Entry& entry : entries_) {
      if (same(entry.key)) return &entry.value;
    }
    return nullptr;
  }
  const std::size_t slot = probe(hash_text(key), same);
  return index_[slot] ? &entries_[index_[slot] - 1].value : nullptr;
}

void Dict::set(Value key, Value value) {
  heap().burn(1);
  const std::size_t at = position(key);
  if (at < entries_.size()) {
    entries_[at].value = std::move(value);
    return;
  }
  if (entries_.size() == entries_.capacity()) {
    const std::size_t grown = std::max<std::size_t>(4, entries_.size() + entries_.size() / 2);
    if (!heap().can_take(grown * (sizeof(Entry) + 2 * sizeof(std::uint32_t)))) return;
    entries_.reserve(grown);
  }
  entries_.push_back({std::move(key), std::move(value)});
  if (entries_.size() > kIndexed) {
    if (entries_.size() * 3 > index_.size() * 2) {
      rebuild_index();
    } else {
      const Value& added = entries_.back().key;
      index_[probe(hash_value(added), [](const Value&) { return false; })] =
          static_cast<std::uint32_t>(entries_.size());
    }
  }
  charge(entries_.capacity() * sizeof(Entry) + index_.capacity() * sizeof(index_[0]), sizeof(Dict));
}

void Dict::rebuild_index() {
  std::size_t n_slots = 16;
  while (n_slots < entries_.size() * 2) n_slots *= 2;
  index_.assign(n_slots, 0);
  for (std::size_t i = 0; i < entries_.size(); ++i) {
    index_[probe(hash_value(entries_[i].key), [](const Value&) { return false; })] = static_cast<std::uint32_t>(i + 1);
  }
}

void Dict::clear() {
  entries_.clear();
  index_.clear();
}

RangeObject::RangeObject(Heap& heap, Int from, Int to, Int by)
    : Object(heap, sizeof(RangeObject)),
      start(from),
      stop(to),
      step(by),
      length(by > 0 ? (from < to ? (to - from - 1) / by + 1 : 0) : (from > to ? (from - to - 1) / -by + 1 : 0)) {}

bool truthy(const Value& value) {
  switch (value.kind()) {
    case Kind::kMissing:
    case Kind::kUndefined:
    case Kind::kNone: return false;
    case Kind::kBool: return value.boolean();
    case Kind::kInt: return value.integer() != 0;
    case Kind::kFloat: return value.real() != 0;
    case Kind::kStr: return value.str().size() > 0;
    case Kind::kList:
    case Kind::kTuple: return value.items().size() > 0;
    case Kind::kDict: return value.dict().size() > 0;
    case Kind::kRange: return value.range().length > 0;
    case Kind::kView: return value.view().dict->size() > 0;
    case Kind::kNative: return true;
  }
  return false;
}

bool hashable(const Value& value, int depth) {
  if (value.is(Kind::kTuple)) {
    const auto& items = value.items().all();
    return depth < kMaxKeyDepth && pay_for(value.items()) &&
           std::all_of(items.begin(), items.end(), [&](const Value& item) { return hashable(item, depth + 1); });
  }
  return !value.is(Kind::kList) && !value.is(Kind::kDict) && !value.is(Kind::kView);
}

bool keys_equal(const Value& a, const Value& b) {
  if (a.is_integral() && b.is_integral()) return a.integer() == b.integer();
  if (a.is_number() && b.is_number()) return a.real() == b.real();
  if (a.kind() != b.kind()) return false;
  if (a.is_string()) return a.bytes() == b.bytes();
  if (a.undefined()) return true;
  if (!a.is(Kind::kTuple)) return a.same_as(b);
  const auto &x = a.items().all(), &y = b.items().all();
  return a.same_as(b) ||
         (x.size() == y.size() && pay_for(a.items()) && std::equal(x.begin(), x.end(), y.begin(), keys_equal));
}

}  // namespace sotto::text::jinja
