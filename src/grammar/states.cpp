#include "grammar/states.h"

#include <algorithm>

namespace sotto::grammar {
namespace {

constexpr std::uint64_t key_of(Node node, FrameId frame) {
  return static_cast<std::uint64_t>(static_cast<std::uint32_t>(frame)) << 32 | static_cast<std::uint32_t>(node);
}

}  // namespace

std::size_t States::HashOf::operator()(StateId state) const {
  std::uint64_t hash = states->heads_[static_cast<std::size_t>(state)].flags;
  for (const Stack& stack : states->stacks(state)) {
    hash = (hash ^ key_of(stack.node, stack.frame)) * 0x9E3779B97F4A7C15u;
    hash ^= hash >> 29;
  }
  return hash;
}

bool States::SameAs::operator()(StateId a, StateId b) const {
  return states->heads_[static_cast<std::size_t>(a)].flags == states->heads_[static_cast<std::size_t>(b)].flags &&
         std::ranges::equal(states->stacks(a), states->stacks(b));
}

// Masks are made for half of the depth there may be, and used only where so much is left (masks.cpp).
States::States(std::shared_ptr<const Grammar> grammar)
    : grammar_(std::move(grammar)),
      frames_{{0, kBottom, 0}, {0, kUnknown, grammar_->limits().depth / 2}},
      ids_(64, HashOf{this}, SameAs{this}) {
  for (int byte = 0; byte < 256; ++byte)
    classes_[static_cast<std::size_t>(byte)] =
        static_cast<std::uint8_t>(grammar_->class_of(static_cast<std::uint8_t>(byte)));
  keep();  // kDead
}

StateId States::start() {
  enter(grammar_->start(), kBottom);
  close();
  return keep();
}

StateId States::within_unknown(std::span<const Node> nodes) {
  for (const Node node : nodes) enter(node, kUnknown);
  close();
  return keep();
}

StateId States::next(StateId state, std::string_view bytes) {
  for (const char byte : bytes) {
    if (state == kDead) break;
    state = next(state, static_cast<std::uint8_t>(byte));
  }
  return state;
}

std::span<const States::Stack> States::stacks(StateId state) const {
  const Head& head = heads_[static_cast<std::size_t>(state)];
  return std::span(stacks_).subspan(head.first, head.size);
}

int States::depth(StateId state) const {
  int most = 0;
  for (const Stack& stack : stacks(state)) most = std::max(most, frames_[static_cast<std::size_t>(stack.frame)].depth);
  return most;
}

StateId States::step(StateId state, std::uint8_t byte) {
  if (exhausted_) return kDead;
  const Head head = heads_[static_cast<std::size_t>(state)];
  for (std::uint32_t i = 0; i < head.size; ++i) {
    const Stack stack = stacks_[head.first + i];
    for (const Edge& edge : grammar_->edges(stack.node))
      if (edge.kind == Edge::Kind::kBytes && edge.first <= byte && byte <= edge.last) enter(edge.to, stack.frame);
  }
  close();
  const StateId next = keep();
  if (exhausted_) return kDead;
  std::int32_t& row = heads_[static_cast<std::size_t>(state)].row;
  if (row < 0) {
    row = static_cast<std::int32_t>(rows_.size());
    rows_.resize(rows_.size() + static_cast<std::size_t>(grammar_->n_classes()), kUnseen);
  }
  rows_[static_cast<std::size_t>(row) + classes_[byte]] = next;
  return next;
}

// Ways that cannot end within the depth that is left are not taken: what is taken can always be brought to an end.
void States::enter(Node node, FrameId frame) {
  const int left = grammar_->limits().depth - frames_[static_cast<std::size_t>(frame)].depth;
  if (grammar_->least_depth(node) > left || exhausted_) return;
  if (++steps_ > grammar_->limits().steps) exhausted_ = true;
  if (seen_.insert(key_of(node, frame)).second) open_.push_back({node, frame});
}

// Goes on from what was entered, as far as no byte is needed.
void States::close() {
  while (!open_.empty() && !exhausted_) {
    const Stack stack = open_.back();
    open_.pop_back();
    if (grammar_->ends(stack.node)) {
      leave(stack.frame);
      continue;
    }
    if (grammar_->takes_bytes(stack.node)) found_.push_back(stack);
    for (const Edge& edge : grammar_->edges(stack.node)) follow(edge, stack.frame);
  }
}

void States::follow(const Edge& edge, FrameId frame) {
  if (edge.kind == Edge::Kind::kSkip) return enter(edge.to, frame);
  if (edge.kind == Edge::Kind::kBytes) return;
  const Node start = grammar_->start_of(edge.rule);
  // Nothing follows in the caller: its own caller is where the rule goes back to.
  if (grammar_->ends(edge.to)) return enter(start, frame);
  const int left = grammar_->limits().depth - frames_[static_cast<std::size_t>(frame)].depth;
  if (std::max(grammar_->least_depth(edge.to), 1 + grammar_->least_depth(start)) > left) return;
  enter(start, push(edge.to, frame));
}

void States::leave(FrameId frame) {
  if (frame == kBottom) {
    flags_ |= kComplete;
  } else if (frame == kUnknown) {
    flags_ |= kLeft;
  } else {
    const Frame& left = frames_[static_cast<std::size_t>(frame)];
    enter(left.back, left.below);
  }
}

FrameId States::push(Node back, FrameId below) {
  const auto [id, fresh] = frame_ids_.try_emplace(key_of(back, below), static_cast<FrameId>(frames_.size()));
  if (fresh) frames_.push_back({back, below, frames_[static_cast<std::size_t>(below)].depth + 1});
  return id->second;
}

// The id of the state in work.
StateId States::keep() {
  if (static_cast<int>(found_.size()) > grammar_->limits().stacks) exhausted_ = true;
  if (exhausted_) {
    found_.clear();
    flags_ = 0;
  }
  std::sort(found_.begin(), found_.end(),
            [](const Stack& a, const Stack& b) { return key_of(a.node, a.frame) < key_of(b.node, b.frame); });
  const auto id = static_cast<StateId>(heads_.size());
  heads_.push_back({static_cast<std::uint32_t>(stacks_.size()), static_cast<std::uint32_t>(found_.size()), -1, flags_});
  stacks_.insert(stacks_.end(), found_.begin(), found_.end());
  open_.clear();
  found_.clear();
  seen_.clear();
  flags_ = 0;
  const auto [kept, fresh] = ids_.insert(id);
  if (!fresh) {
    stacks_.resize(heads_.back().first);
    heads_.pop_back();
  }
  return *kept;
}

int States::forced_byte(StateId state) {
  if (complete(state)) return -1;
  int forced = -1;
  for (const Stack& stack : stacks(state)) {
    for (const Edge& edge : grammar_->edges(stack.node)) {
      if (edge.kind != Edge::Kind::kBytes || grammar_->least_depth(edge.to) >= kNever) continue;
      if (edge.first != edge.last || (forced >= 0 && forced != edge.first)) return -1;
      forced = edge.first;
    }
  }
  return forced;
}

FrameId States::copy_frame(States& other, FrameId frame, std::unordered_map<FrameId, FrameId>& copies) const {
  std::vector<FrameId> path;
  for (; frame > kUnknown && !copies.contains(frame); frame = frames_[static_cast<std::size_t>(frame)].below)
    path.push_back(frame);
  FrameId copy = frame > kUnknown ? copies.at(frame) : frame;
  for (auto at = path.rbegin(); at != path.rend(); ++at)
    copies[*at] = copy = other.push(frames_[static_cast<std::size_t>(*at)].back, copy);
  return copy;
}

StateId States::copy_to(States& other, StateId state) const {
  std::unordered_map<FrameId, FrameId> copies;
  for (const Stack& stack : stacks(state)) other.found_.push_back({stack.node, copy_frame(other, stack.frame, copies)});
  other.flags_ = heads_[static_cast<std::size_t>(state)].flags;
  return other.keep();
}

std::size_t States::bytes() const {
  constexpr std::size_t kHashed = 40;  // an element of a set, with its place in it
  return frames_.size() * (sizeof(Frame) + kHashed) + heads_.size() * (sizeof(Head) + kHashed) +
         stacks_.size() * sizeof(Stack) + rows_.size() * sizeof(StateId);
}

}  // namespace sotto::grammar
