#include <algorithm>

#include <fmt/format.h>

#include "text/jinja/operations.h"
#include "text/utf8.h"

namespace sotto::text::jinja {
namespace {

// Walks what has a length, by position.
class SequenceIterator final : public Iterator {
 public:
  SequenceIterator(Heap& heap, Value sequence)
      : Iterator(heap, sizeof(SequenceIterator)),
        sequence_(std::move(sequence)),
        size_(sequence_.is_string() ? sequence_.str().size() : length(sequence_)) {}

  bool next(Interpreter& in, Value& item) override {
    if (at_ >= size_ || !in.ok()) return false;
    if (sequence_.is_string()) {
      const Str& text = sequence_.str();
      const std::size_t n = decode_utf8(text.bytes().substr(at_)).length;
      item = substring(in, text, at_, at_ + n);
      at_ += n;
    } else {
      item = item_at(in, sequence_, at_++);
    }
    return true;
  }

 private:
  const Value sequence_;
  const std::size_t size_;
  std::size_t at_ = 0;
};

// An object's own iteration, kept alive.
class EmptyIterator final : public Iterator {
 public:
  explicit EmptyIterator(Heap& heap) : Iterator(heap, sizeof(EmptyIterator)) {}
  bool next(Interpreter&, Value&) override { return false; }
};

}  // namespace

bool has_length(const Value& value) {
  return value.undefined() || (value.kind() >= Kind::kStr && !value.is(Kind::kNative));
}

std::size_t length(const Value& value) {
  switch (value.kind()) {
    case Kind::kStr: return value.str().char_count();
    case Kind::kList:
    case Kind::kTuple: return value.items().size();
    case Kind::kDict: return value.dict().size();
    case Kind::kRange: return static_cast<std::size_t>(value.range().length);
    case Kind::kView: return value.view().dict->size();
    default: return 0;
  }
}

bool iterable(const Value& value) {
  return has_length(value) || (value.is(Kind::kNative) && value.native().is_iterator());
}

Value substring(Interpreter& in, const Str& text, std::size_t from, std::size_t to) {
  in.heap().burn(kStepsPerObject);  // a builder and its buffer besides the text itself
  TextBuilder part(in.heap());
  part.append(text, from, std::min(to, text.size()));
  Ref<Str> made = part.finish();
  made->markup = text.markup;
  return Value::of(made);
}

Value item_at(Interpreter& in, const Value& sequence, std::size_t index) {
  switch (sequence.kind()) {
    case Kind::kList:
    case Kind::kTuple: return sequence.items()[index];
    case Kind::kDict: return sequence.dict().entries()[index].key;
    case Kind::kRange: return Value::of(sequence.range().at(static_cast<Int>(index)));
    case Kind::kStr: {
      const Str& text = sequence.str();
      const std::size_t from = text.byte_offset(index);
      return substring(in, text, from, from + decode_utf8(text.bytes().substr(from)).length);
    }
    default: break;
  }
  const View& view = sequence.view();
  const Dict::Entry& entry = view.dict->entries()[index];
  if (view.what == View::Of::kKeys) return entry.key;
  if (view.what == View::Of::kValues) return entry.value;
  Ref<List> pair = make<List>(in.heap());
  pair->reserve(2);
  pair->push(entry.key);
  pair->push(entry.value);
  return Value::tuple(pair);
}

Ref<Iterator> iterate(Interpreter& in, const Value& value) {
  if (value.is(Kind::kNative) && value.native().is_iterator()) {
    return Ref<Iterator>(static_cast<Iterator*>(&value.native()));
  }
  if (value.undefined() || !has_length(value)) {
    if (!value.undefined() && in.ok()) {
      in.type_error(fmt::format("'{}' object is not iterable", type_name(value)));
    }
    return make<EmptyIterator>(in.heap());
  }
  return make<SequenceIterator>(in.heap(), value);
}

Ref<List> to_list(Interpreter& in, const Value& value) {
  Ref<List> list = make<List>(in.heap());
  if (value.is_sequence() && in.step(value.items().size() / 4)) {
    list->reserve(value.items().size());
    for (const Value& item : value.items().all()) list->push(item);
    return list;
  }
  const Ref<Iterator> items = iterate(in, value);
  Value item;
  while (in.step() && items->next(in, item)) list->push(std::move(item));
  return list;
}

}  // namespace sotto::text::jinja
