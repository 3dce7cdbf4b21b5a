// Limits that a request sets beside the number of tokens: time for the prompt, time for the answer, and how far its
// lines are indented. Knows nothing of APIs or engines.
#pragma once

#include <chrono>
#include <string>
#include <string_view>

namespace sotto::api {

// 0: no limit.
struct AnswerLimits {
  std::chrono::milliseconds prompt_time{0};  // to read it; what was read until then stays read
  std::chrono::milliseconds answer_time{0};  // from the prompt's end
  int min_indent = 0;  // blanks and tabs; the answer ends before its first line, but for the first one, with fewer
};

// Of one answer, and of one thread. `now` is passed so that it needs no clock of its own.
class AnswerWatch {
 public:
  using Time = std::chrono::steady_clock::time_point;

  AnswerWatch(const AnswerLimits& limits, Time started) : limits_(limits), started_(started) {}

  void prompt_is_read(Time now) { answering_since_ = now; }

  // The next piece of the answer: what of it, and of what was held back, may be shown now. Ends of lines and blanks
  // behind them are held back until it is clear how far the line is indented.
  std::string push(std::string_view piece);
  // What is left at the answer's end.
  std::string finish();

  // Whether the answer, or the reading of its prompt, is to end now.
  bool enough(Time now) const;

 private:
  AnswerLimits limits_;
  Time started_;
  Time answering_since_{};  // {}: the prompt is being read
  std::string held_;        // ends of lines, and the blanks of a line that has nothing else yet
  bool at_line_start_ = false;
  bool ended_ = false;  // by a line that is not indented enough
};

}  // namespace sotto::api
