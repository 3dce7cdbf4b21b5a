#include "text/jinja/value.h"

#include <gtest/gtest.h>

#include <cmath>

namespace sotto::text::jinja {
namespace {

class JinjaValue : public testing::Test {
 protected:
  Heap heap{8 << 20, 1 << 24};
  Value text(std::string_view bytes) { return Value::of(make<Str>(heap, bytes, true)); }
  Value tuple(std::vector<Value> items) {
    Ref<List> list = make<List>(heap);
    for (Value& item : items) list->push(std::move(item));
    return Value::tuple(list);
  }
};

TEST_F(JinjaValue, CopiesShare) {
  const Value a = text("x");
  const Value b = a;
  EXPECT_TRUE(a.same_as(b));
  EXPECT_FALSE(a.same_as(text("x")));
  Value moved = b;
  const Value target = std::move(moved);
  EXPECT_TRUE(target.same_as(a));
}

TEST_F(JinjaValue, TruthIsPythons) {
  EXPECT_FALSE(truthy(Value()));
  EXPECT_FALSE(truthy(Value::none()));
  EXPECT_FALSE(truthy(Value::undefined(Absence::kName, "x")));
  EXPECT_FALSE(truthy(Value::of(0.0)));
  EXPECT_TRUE(truthy(Value::of(NAN)));
  EXPECT_FALSE(truthy(text("")));
  EXPECT_TRUE(truthy(text("0")));
  EXPECT_FALSE(truthy(tuple({})));
  EXPECT_FALSE(truthy(Value::of(make<RangeObject>(heap, 3, 3, 1))));
}

// Every 7th key again and again, through the size at which a hash table takes over.
TEST_F(JinjaValue, DictKeepsOrderAndFindsItsKeys) {
  Ref<Dict> dict = make<Dict>(heap);
  std::vector<std::string> names;
  for (int i = 0; i < 500; ++i) names.push_back("key" + std::to_string(i * 7 % 500));
  for (std::size_t i = 0; i < names.size(); ++i) {
    EXPECT_EQ(dict->find(names[i]), nullptr);
    dict->set(text(names[i]), Value::of(static_cast<Int>(i)));
    ASSERT_NE(dict->find(names[i]), nullptr);
  }
  for (std::size_t i = 0; i < names.size(); ++i) {
    EXPECT_EQ(dict->entries()[i].key.bytes(), names[i]);
    EXPECT_TRUE(dict->find(text(names[i]))->integer() == static_cast<Int>(i));
  }
  dict->set(text(names[3]), Value::none());
  EXPECT_EQ(dict->size(), names.size());
  EXPECT_TRUE(dict->entries()[3].value.is(Kind::kNone));
}

TEST_F(JinjaValue, EqualNumbersAreOneKey) {
  for (const int n_others : {0, 20}) {
    Ref<Dict> dict = make<Dict>(heap);
    for (int i = 0; i < n_others; ++i) dict->set(Value::of(Int{100 + i}), Value::none());
    dict->set(Value::of(Int{1}), Value::of(Int{1}));
    dict->set(Value::of(1.0), Value::of(Int{2}));
    dict->set(Value::of(true), Value::of(Int{3}));
    dict->set(Value::of(1.5), Value::none());
    dict->set(tuple({Value::of(Int{1}), text("a")}), Value::none());
    dict->set(tuple({Value::of(1.0), text("a")}), Value::of(Int{4}));
    EXPECT_EQ(dict->size(), static_cast<std::size_t>(n_others + 3));
    EXPECT_TRUE(dict->find(Value::of(Int{1}))->integer() == 3);
    EXPECT_TRUE(dict->find(tuple({Value::of(true), text("a")}))->integer() == 4);
  }
}

TEST_F(JinjaValue, WhatCanBeAKey) {
  EXPECT_TRUE(hashable(Value::none()));
  EXPECT_TRUE(hashable(tuple({text("a")})));
  EXPECT_FALSE(hashable(Value::list(make<List>(heap))));
  EXPECT_FALSE(hashable(tuple({Value::of(make<Dict>(heap))})));
}

TEST_F(JinjaValue, RangesKnowTheirLength) {
  const auto length = [&](Int from, Int to, Int by) { return make<RangeObject>(heap, from, to, by)->length; };
  EXPECT_TRUE(length(0, 5, 1) == 5);
  EXPECT_TRUE(length(0, 5, 2) == 3);
  EXPECT_TRUE(length(5, 0, -2) == 3);
  EXPECT_TRUE(length(5, 0, 1) == 0);
  EXPECT_TRUE(make<RangeObject>(heap, 5, 0, -2)->at(2) == 1);
}

TEST_F(JinjaValue, ListsStopAtTheLimit) {
  Ref<List> list = make<List>(heap);
  for (int i = 0; i < 1'000'000 && !heap.exhausted(); ++i) list->push(Value::none());
  EXPECT_TRUE(heap.exhausted());
  EXPECT_LE(heap.peak_bytes(), std::size_t{9} << 20);
}

}  // namespace
}  // namespace sotto::text::jinja
