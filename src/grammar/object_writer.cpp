#include "grammar/object_writer.h"

#include <algorithm>

namespace sotto::grammar {

int Members::n_required() const {
  return static_cast<int>(
      std::count_if(named.begin(), named.end(), [](const Named& member) { return member.required; }));
}

ObjectWriter::ObjectWriter(Builder& builder, JsonText& text, const Members& members)
    : builder_(builder),
      text_(text),
      members_(members),
      bounded_(members.most != kUnbounded),
      counted_(bounded_ ? members.most : members.least) {}

void ObjectWriter::write(Node from, Node to) {
  if (members_.never || (bounded_ && members_.most < members_.least)) return;
  if (members_.least == 0 && members_.n_required() == 0) builder_.add_text(from, "{}", to);
  if (bounded_ && members_.most == 0) return;
  Place place = make_place();
  builder_.add_skip(text_.after_open(from, '{'), place.first);
  for (const Members::Named& member : members_.named) {
    if (builder_.full()) return;
    place = pass(member, place);
  }
  end(place, to);
}

ObjectWriter::Place ObjectWriter::make_place() {
  Place place{builder_.add_node(), {}};
  for (int count = 0; count <= counted_ && !builder_.full(); ++count) place.at.push_back(builder_.add_node());
  return place;
}

int ObjectWriter::next_count(int count) const {
  if (count < counted_) return count + 1;
  return bounded_ ? -1 : counted_;
}

// The node of the next member's name.
Node ObjectWriter::before_member(const Place& place, int count) {
  const Node name = builder_.add_node();
  builder_.add_skip(text_.after_comma(place.at[static_cast<std::size_t>(count)]), name);
  if (count == 0) builder_.add_skip(place.first, name);
  return name;
}

// A member that may be missing can be passed over.
ObjectWriter::Place ObjectWriter::pass(const Members::Named& member, const Place& place) {
  Place after = make_place();
  if (builder_.full()) return after;
  if (!member.required) {
    builder_.add_skip(place.first, after.first);
    for (std::size_t count = 0; count < place.at.size(); ++count) builder_.add_skip(place.at[count], after.at[count]);
  }
  if (member.value == Members::kNoRule) return after;
  for (int count = 0; count <= counted_; ++count) {
    const int next = next_count(count);
    if (next < 0) continue;
    const Node value = text_.after_name(before_member(place, count), member.name);
    builder_.add_call(value, member.value, after.at[static_cast<std::size_t>(next)]);
  }
  return after;
}

void ObjectWriter::end(const Place& place, Node to) {
  for (int count = 0; count <= counted_ && !builder_.full(); ++count) {
    if (count >= members_.least) text_.add_close(place.at[static_cast<std::size_t>(count)], '}', to);
    const int next = next_count(count);
    if (next < 0 || members_.others.empty()) continue;
    const Node name = before_member(place, count);
    for (const Members::Other& other : members_.others)
      builder_.add_call(text_.after_name(name, other.names), other.value, place.at[static_cast<std::size_t>(next)]);
  }
}

}  // namespace sotto::grammar
