// Memory and work of one rendering: every value is counted while it lives, every step as it is taken.
// Knows no value's meaning. Used by one thread at a time.
#pragma once

#include <cstddef>
#include <cstdint>
#include <type_traits>
#include <utility>

namespace sotto::text::jinja {

class Object;

inline constexpr std::size_t kStepsPerObject = 4;  // what making and ending one costs, in steps

// Passing a limit is not an exception: exhausted() stays true, large buffers are refused beforehand with
// can_take(), and the interpreter stops at its next step.
class Heap {
 public:
  Heap(std::size_t limit_bytes, std::size_t limit_steps) : limit_(limit_bytes), steps_(limit_steps) {}
  ~Heap();
  Heap(const Heap&) = delete;
  Heap& operator=(const Heap&) = delete;

  // Whether `bytes` more would still fit; notes the failure when not.
  bool can_take(std::size_t bytes);
  void take(std::size_t bytes);
  void give_back(std::size_t bytes) { live_ -= bytes; }
  // Pays for work: about one step an evaluated node, an item looked at or 32 bytes copied.
  bool burn(std::size_t steps) {
    if (steps > steps_ - used_) {
      used_ = steps_;
      exhausted_ = out_of_steps_ = true;
    } else {
      used_ += steps;
    }
    return !exhausted_;
  }
  bool exhausted() const { return exhausted_; }
  bool out_of_steps() const { return out_of_steps_; }
  std::size_t used_steps() const { return used_; }
  std::size_t limit_steps() const { return steps_; }
  std::size_t live_bytes() const { return live_; }
  std::size_t peak_bytes() const { return peak_; }
  std::size_t limit_bytes() const { return limit_; }
  void raise_limits(std::size_t bytes, std::size_t steps) {
    limit_ += bytes;
    steps_ += steps;
  }

 private:
  friend class Object;
  void bury(Object* object);

  std::size_t limit_, steps_;
  std::size_t live_ = 0, peak_ = 0, used_ = 0;
  bool exhausted_ = false, out_of_steps_ = false;
  bool burying_ = false;
  Object* dead_ = nullptr;      // a list, so that a value nested a million deep dies without recursion
  Object* mutables_ = nullptr;  // what can be part of a cycle, and is cleared when the heap ends
};

// A counted value. Immutable after its making, apart from those that say otherwise.
class Object {
 public:
  Object(const Object&) = delete;
  Object& operator=(const Object&) = delete;

  void retain() { ++references_; }
  void release() {
    if (--references_ == 0) heap_.bury(this);
  }
  Heap& heap() const { return heap_; }
  std::uint32_t references() const { return references_; }

 protected:
  // `bytes`: the size of the object itself. What it owns besides goes through charge().
  Object(Heap& heap, std::size_t bytes) : heap_(heap), charged_(bytes) {
    heap.take(bytes);
    heap.burn(kStepsPerObject);
  }
  virtual ~Object() { heap_.give_back(charged_); }

  // Sets the bytes that this object owns besides itself to `owned`.
  void charge(std::size_t owned, std::size_t itself);

  // For objects that change after their making: they may take part in a cycle of references.
  void register_mutable();
  void unregister_mutable();
  virtual void drop_references() {}

 private:
  friend class Heap;
  Heap& heap_;
  std::size_t charged_;
  std::uint32_t references_ = 0;
  Object* next_ = nullptr;  // in the heap's list of the dead or of the mutable ones
  Object* previous_ = nullptr;
};

template <class T>
class Ref {
 public:
  Ref() = default;
  Ref(T* object) : object_(object) { retain(); }
  Ref(const Ref& other) : object_(other.object_) { retain(); }
  template <class U>
    requires std::is_convertible_v<U*, T*>
  Ref(const Ref<U>& other) : object_(other.get()) {
    retain();
  }
  Ref(Ref&& other) noexcept : object_(std::exchange(other.object_, nullptr)) {}
  Ref& operator=(Ref other) noexcept {
    std::swap(object_, other.object_);
    return *this;
  }
  ~Ref() {
    if (object_) object_->release();
  }

  T* get() const { return object_; }
  T* operator->() const { return object_; }
  T& operator*() const { return *object_; }
  explicit operator bool() const { return object_ != nullptr; }

 private:
  void retain() {
    if (object_) object_->retain();
  }
  T* object_ = nullptr;
};

template <class T, class... Args>
Ref<T> make(Heap& heap, Args&&... args) {
  return Ref<T>(new T(heap, std::forward<Args>(args)...));
}

}  // namespace sotto::text::jinja
