#include "text/thought.h"

#include <algorithm>

namespace sotto::text {
namespace {

constexpr std::string_view kBlanks = " \t\r\n";

constexpr ThoughtMarks kMarks[] = {
    {"<think>", "</think>"},              // Qwen 3, SmolLM3, DeepSeek R1, Granite 3.3
    {"[THINK]", "[/THINK]"},              // Magistral, Ministral 3
    {"<|channel>thought", "<channel|>"},  // Gemma 4
    {"<seed:think>", "</seed:think>"},
};

std::size_t first_that_is_no_blank(std::string_view text) {
  return std::min(text.find_first_not_of(kBlanks), text.size());
}

// How many bytes at the end of `text` may be the beginning of `mark`.
std::size_t possible_beginning(std::string_view text, std::string_view mark) {
  for (std::size_t n = std::min(text.size(), mark.size() - 1); n > 0; --n)
    if (text.ends_with(mark.substr(0, n))) return n;
  return 0;
}

}  // namespace

const ThoughtMarks* find_thought_marks(std::string_view chat_template) {
  for (const ThoughtMarks& marks : kMarks)
    if (chat_template.find(marks.close) != std::string_view::npos) return &marks;
  return nullptr;
}

bool ends_within_thought(std::string_view prompt, const ThoughtMarks& marks) {
  const std::size_t last = prompt.find_last_not_of(kBlanks);
  return last != std::string_view::npos && prompt.substr(0, last + 1).ends_with(marks.open);
}

ThoughtSplitter::ThoughtSplitter(const ThoughtMarks* marks, bool within)
    : marks_(marks),
      state_(marks == nullptr ? State::kAnswer
             : within         ? State::kOpened
                              : State::kBegin) {}

ThoughtSplitter::Parts ThoughtSplitter::push(std::string_view text) {
  held_ += text;
  Parts parts;
  if (state_ == State::kBegin && !begin()) return parts;
  if (state_ == State::kOpened && !open()) return parts;
  if (state_ == State::kThought && !think(parts)) return parts;
  if (state_ == State::kClosed && !close()) return parts;
  parts.answer.swap(held_);
  return parts;
}

// Each of these is true when the next state was reached.

bool ThoughtSplitter::begin() {
  const std::string_view rest = std::string_view(held_).substr(first_that_is_no_blank(held_));
  if (marks_->open.starts_with(rest) && rest != marks_->open) return false;
  if (!rest.starts_with(marks_->open)) {
    state_ = State::kAnswer;
    return true;
  }
  held_ = std::string(rest.substr(marks_->open.size()));
  state_ = State::kOpened;
  return true;
}

bool ThoughtSplitter::open() {
  held_.erase(0, first_that_is_no_blank(held_));
  if (held_.empty()) return false;
  state_ = State::kThought;
  return true;
}

bool ThoughtSplitter::think(Parts& parts) {
  const std::size_t end = held_.find(marks_->close);
  if (end == std::string::npos) {
    const std::size_t sure = held_.size() - possible_beginning(held_, marks_->close);
    parts.thought = held_.substr(0, sure);
    held_.erase(0, sure);
    return false;
  }
  parts.thought = held_.substr(0, end);
  held_.erase(0, end + marks_->close.size());
  state_ = State::kClosed;
  return true;
}

bool ThoughtSplitter::close() {
  held_.erase(0, first_that_is_no_blank(held_));
  if (held_.empty()) return false;
  state_ = State::kAnswer;
  return true;
}

ThoughtSplitter::Parts ThoughtSplitter::finish() {
  Parts parts;
  (thinking() ? parts.thought : parts.answer).swap(held_);
  return parts;
}

}  // namespace sotto::text
