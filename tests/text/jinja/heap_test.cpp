#include "text/jinja/heap.h"

#include <gtest/gtest.h>

#include "text/jinja/native.h"

namespace sotto::text::jinja {
namespace {

TEST(JinjaHeap, CountsWhatLives) {
  Heap heap(10'000, 1000);
  {
    const Ref<List> list = make<List>(heap);
    const std::size_t empty = heap.live_bytes();
    EXPECT_GE(empty, sizeof(List));
    list->push(Value::of(Int{1}));
    EXPECT_GE(heap.live_bytes(), empty + sizeof(Value));
  }
  EXPECT_EQ(heap.live_bytes(), 0u);
  EXPECT_GT(heap.peak_bytes(), sizeof(List));
  EXPECT_FALSE(heap.exhausted());
}

TEST(JinjaHeap, RefusesBytesBeyondTheLimitForGood) {
  Heap heap(1000, 1000);
  EXPECT_TRUE(heap.can_take(1000));
  EXPECT_FALSE(heap.can_take(1001));
  EXPECT_TRUE(heap.exhausted());
  EXPECT_FALSE(heap.out_of_steps());
  EXPECT_FALSE(heap.can_take(1));
}

TEST(JinjaHeap, StepsRunOut) {
  Heap heap(1000, 10);
  EXPECT_TRUE(heap.burn(10));
  EXPECT_FALSE(heap.burn(1));
  EXPECT_TRUE(heap.out_of_steps());
  Heap other(1000, 10);
  EXPECT_FALSE(other.burn(~std::size_t{0}));
  EXPECT_EQ(other.used_steps(), 10u);
}

// A list in a list in a list …: its end must not recurse.
TEST(JinjaHeap, DeepNestingEndsWithoutRecursion) {
  Heap heap(std::size_t{1} << 30, std::size_t{1} << 30);
  Ref<List> outer = make<List>(heap);
  for (int i = 0; i < 300'000; ++i) {
    Ref<List> next = make<List>(heap);
    next->push(Value::list(outer));
    outer = next;
  }
  outer = {};
  EXPECT_EQ(heap.live_bytes(), 0u);
}

// The heap's destructor checks that nothing is left.
TEST(JinjaHeap, CyclesEndWithTheHeap) {
  Heap heap(1 << 20, 1000);
  const Ref<Namespace> space = make<Namespace>(heap);
  Ref<List> list = make<List>(heap);
  list->push(Value::of(space));
  space->set(Value::of(make<Str>(heap, "self", true)), Value::list(list));
}

}  // namespace
}  // namespace sotto::text::jinja
