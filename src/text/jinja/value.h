// What an expression can be, with Python's meaning: none, numbers, strings, sequences, mappings and the objects that
// templates call or iterate. Knows the operations that need no interpreter.
#pragma once

#include <concepts>
#include <string_view>
#include <utility>
#include <vector>

#include "text/jinja/str.h"

namespace sotto::text::jinja {

// Wide enough for every 64-bit JSON number and the product of two.
__extension__ using Int = __int128;

enum class Kind : std::uint8_t {
  kMissing,  // no value at all: an argument not given, a name not assigned yet
  kUndefined,
  kNone,
  kBool,
  kInt,
  kFloat,
  kStr,
  kList,
  kTuple,
  kDict,
  kRange,
  kView,
  kNative,
};

class List;
class Dict;
class RangeObject;
class View;
class Native;

// Why a value is undefined; decides the message when it is used.
enum class Absence : std::uint8_t { kName, kAttribute, kUnsafe, kReason };

// Copies share what they refer to.
class Value {
 public:
  Value() : i_(0) {}
  Value(const Value& other);
  Value(Value&& other) noexcept;
  Value& operator=(Value other) noexcept {
    swap(other);
    return *this;
  }
  ~Value() {
    if (kind_ >= Kind::kStr) object_->release();
  }

  static Value none() { return Value(Kind::kNone); }
  static Value of(std::same_as<bool> auto b) { return of_bool(b); }  // no pointer is a bool
  static Value of(Int i);
  static Value of(double d);
  static Value of(Ref<Str> s) { return Value(Kind::kStr, s.get()); }
  static Value list(Ref<List> l);
  static Value tuple(Ref<List> l);
  static Value of(Ref<Dict> d);
  static Value of(Ref<RangeObject> r);
  static Value of(Ref<View> v);
  static Value of(Ref<Native> n);
  // `text`: the name, or the whole message for kReason; must outlive the rendering.
  static Value undefined(Absence why, std::string_view text);

  Kind kind() const { return kind_; }
  bool is(Kind kind) const { return kind_ == kind; }
  bool missing() const { return kind_ == Kind::kMissing; }
  bool undefined() const { return kind_ == Kind::kUndefined; }
  bool none_or_missing() const { return kind_ == Kind::kNone || kind_ == Kind::kMissing; }
  bool is_string() const { return kind_ == Kind::kStr; }
  bool is_integral() const { return kind_ == Kind::kInt || kind_ == Kind::kBool; }
  bool is_number() const { return is_integral() || kind_ == Kind::kFloat; }
  bool is_sequence() const { return kind_ == Kind::kList || kind_ == Kind::kTuple; }

  // Each only for its own kind; integer() also for a bool, real() for any number.
  bool boolean() const { return b_; }
  Int integer() const { return kind_ == Kind::kBool ? Int{b_} : i_; }
  double real() const { return kind_ == Kind::kFloat ? d_ : static_cast<double>(integer()); }
  const Str& str() const { return *static_cast<const Str*>(object_); }
  std::string_view bytes() const { return str().bytes(); }
  const List& items() const;
  const Dict& dict() const;
  const RangeObject& range() const;
  const View& view() const;
  Native& native() const;

  Absence absence() const { return why_; }
  std::string_view absence_text() const { return {text_.data, text_.size}; }

  // The same object, as Python's `is`.
  bool same_as(const Value& other) const;

  template <class T>
  Ref<T> ref() const {
    return Ref<T>(static_cast<T*>(object_));
  }

 private:
  static Value of_bool(bool b);
  explicit Value(Kind kind) : kind_(kind), i_(0) {}
  Value(Kind kind, Object* object) : kind_(kind), object_(object) { object->retain(); }
  void swap(Value& other) noexcept;

  struct Characters {
    const char* data;
    std::size_t size;
  };

  Kind kind_ = Kind::kMissing;
  Absence why_ = Absence::kName;
  union {
    bool b_;
    Int i_;
    double d_;
    Object* object_;
    Characters text_;
  };
};

// A list, or a tuple where the Value says so.
class List final : public Object {
 public:
  explicit List(Heap& heap) : Object(heap, sizeof(List)) {}
  void reserve(std::size_t n);
  void push(Value value);
  void replace(std::vector<Value> items);
  std::size_t size() const { return items_.size(); }
  const Value& operator[](std::size_t i) const { return items_[i]; }
  const std::vector<Value>& all() const { return items_; }

  bool is_group = false;  // made by groupby: its two items also answer to .grouper and .list

 private:
  std::vector<Value> items_;
};

// Keeps the order of first insertion. Keys are hashable values, compared as Python does: 1, 1.0 and true are one key.
class Dict final : public Object {
 public:
  struct Entry {
    Value key, value;
  };
  explicit Dict(Heap& heap) : Object(heap, sizeof(Dict)) {}
  // `key` must be hashable.
  void set(Value key, Value value);
  const Value* find(const Value& key) const;
  const Value* find(std::string_view key) const;
  std::size_t size() const { return entries_.size(); }
  const std::vector<Entry>& entries() const { return entries_; }
  void clear();

 private:
  static constexpr std::size_t kIndexed = 8;  // above this many entries a hash table finds them
  template <class Same>
  std::size_t probe(std::uint64_t hash, Same&& same) const;
  void rebuild_index();
  std::size_t position(const Value& key) const;

  std::vector<Entry> entries_;
  std::vector<std::uint32_t> index_;  // open addressing: position + 1, or 0
};

class RangeObject final : public Object {
 public:
  RangeObject(Heap& heap, Int start, Int stop, Int step);
  Int at(Int index) const { return start + index * step; }
  const Int start, stop, step;
  const Int length;
};

// dict.keys(), .values(), .items()
class View final : public Object {
 public:
  enum class Of : std::uint8_t { kKeys, kValues, kItems };
  View(Heap& heap, Ref<Dict> of_dict, Of of_what)
      : Object(heap, sizeof(View)), dict(std::move(of_dict)), what(of_what) {}
  const Ref<Dict> dict;
  const Of what;
};

bool truthy(const Value& value);
// Lists and dicts, and tuples that hold them, are not hashable.
bool hashable(const Value& value, int depth = 0);
// Deep equality without an interpreter: for keys, which are hashable and so never cyclic.
bool keys_equal(const Value& a, const Value& b);

inline const List& Value::items() const { return *static_cast<const List*>(object_); }
inline const Dict& Value::dict() const { return *static_cast<const Dict*>(object_); }
inline const RangeObject& Value::range() const { return *static_cast<const RangeObject*>(object_); }
inline const View& Value::view() const { return *static_cast<const View*>(object_); }
inline Value Value::list(Ref<List> l) { return Value(Kind::kList, l.get()); }
inline Value Value::tuple(Ref<List> l) { return Value(Kind::kTuple, l.get()); }
inline Value Value::of(Ref<Dict> d) { return Value(Kind::kDict, d.get()); }
inline Value Value::of(Ref<RangeObject> r) { return Value(Kind::kRange, r.get()); }
inline Value Value::of(Ref<View> v) { return Value(Kind::kView, v.get()); }

using Values = std::vector<Value>;

}  // namespace sotto::text::jinja
