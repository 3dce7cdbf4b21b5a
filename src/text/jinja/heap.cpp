#include "text/jinja/heap.h"

#include "base/check.h"

namespace sotto::text::jinja {

Heap::~Heap() {
  // Whatever is left holds itself through a cycle: pin each member, cut its references, let go.
  for (Object* o = mutables_; o; o = o->next_) o->retain();
  for (Object* o = mutables_; o; o = o->next_) o->drop_references();
  while (mutables_) mutables_->release();
  SOTTO_CHECK(live_ == 0);
}

bool Heap::can_take(std::size_t bytes) {
  if (bytes > limit_ || live_ > limit_ - bytes) exhausted_ = true;
  return !exhausted_;
}

void Heap::take(std::size_t bytes) {
  live_ += bytes;
  if (live_ > peak_) peak_ = live_;
  if (live_ > limit_) exhausted_ = true;
}

void Heap::bury(Object* object) {
  object->unregister_mutable();
  object->next_ = dead_;
  dead_ = object;
  if (burying_) return;
  burying_ = true;
  while (dead_) {
    Object* next = dead_;
    dead_ = next->next_;
    delete next;
  }
  burying_ = false;
}

void Object::charge(std::size_t owned, std::size_t itself) {
  const std::size_t now = owned + itself;
  if (now > charged_) heap_.take(now - charged_);
  if (now < charged_) heap_.give_back(charged_ - now);
  charged_ = now;
}

void Object::register_mutable() {
  next_ = heap_.mutables_;
  previous_ = nullptr;
  if (next_) next_->previous_ = this;
  heap_.mutables_ = this;
}

void Object::unregister_mutable() {
  if (heap_.mutables_ != this && !previous_) return;
  if (previous_) previous_->next_ = next_;
  if (next_) next_->previous_ = previous_;
  if (heap_.mutables_ == this) heap_.mutables_ = next_;
  next_ = previous_ = nullptr;
}

}  // namespace sotto::text::jinja
