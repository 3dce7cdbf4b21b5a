#include "api/answer_watch.h"

#include <utility>

namespace sotto::api {

std::string AnswerWatch::push(std::string_view piece) {
  if (limits_.min_indent <= 0) return std::string(piece);
  std::string shown;
  for (const char c : piece) {
    if (ended_) break;
    if (c == '\n') {
      at_line_start_ = true;
      held_ += c;
    } else if (at_line_start_ && (c == ' ' || c == '\t')) {
      held_ += c;
    } else {
      const std::size_t indent = held_.size() - (held_.rfind('\n') + 1);
      ended_ = at_line_start_ && indent < static_cast<std::size_t>(limits_.min_indent);
      at_line_start_ = false;
      if (!ended_) shown += std::exchange(held_, {}) + c;
    }
  }
  return shown;
}

std::string AnswerWatch::finish() { return ended_ ? std::string() : std::exchange(held_, {}); }

bool AnswerWatch::enough(Time now) const {
  if (ended_) return true;
  const bool reading = answering_since_ == Time();
  const auto limit = reading ? limits_.prompt_time : limits_.answer_time;
  return limit.count() > 0 && now - (reading ? started_ : answering_since_) >= limit;
}

}  // namespace sotto::api
