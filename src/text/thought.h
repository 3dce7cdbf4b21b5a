// What a model writes before its answer, between two marks: a thought. Tells the two apart in a stream of text. Knows
// nothing of tokens.
#pragma once

#include <string>
#include <string_view>

namespace sotto::text {

struct ThoughtMarks {
  std::string_view open, close;
};

// The marks that a chat template speaks of; nullptr: of none, and all that its model writes is the answer.
const ThoughtMarks* find_thought_marks(std::string_view chat_template);

// Whether a prompt's text ends with the first mark: then the model goes on within a thought.
bool ends_within_thought(std::string_view prompt, const ThoughtMarks& marks);

// A thought stands at the beginning, or nowhere: later marks are text of the answer. Blanks around it belong to
// neither. What might be the beginning of a mark is held back until that is decided. Not thread-safe.
class ThoughtSplitter {
 public:
  struct Parts {
    std::string thought, answer;
  };

  // marks: nullptr: everything is answer; must outlive this. within: the text begins within a thought.
  ThoughtSplitter(const ThoughtMarks* marks, bool within);

  Parts push(std::string_view text);
  Parts finish();  // the text has ended: what was held back

  bool undecided() const { return state_ == State::kBegin; }  // whether a thought or an answer begins
  bool between() const { return state_ == State::kClosed; }   // after a thought, and nothing but blanks came
  bool thinking() const { return state_ == State::kOpened || state_ == State::kThought; }

 private:
  enum class State { kBegin, kOpened, kThought, kClosed, kAnswer };

  bool begin();
  bool open();
  bool think(Parts& parts);
  bool close();

  const ThoughtMarks* marks_;
  State state_;
  std::string held_;
};

}  // namespace sotto::text
