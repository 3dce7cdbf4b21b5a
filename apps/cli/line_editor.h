// Reads lines from the person at the terminal, with editing and history (libedit). Knows nothing of what they mean.
#pragma once

#include <atomic>
#include <memory>
#include <string>

namespace sotto::cli {

struct TypedLine {
  enum class Kind { kLine, kEnd, kInterrupted } kind;
  std::string text;  // without the newline; a pasted text keeps its inner ones; of kInterrupted, what is given up
};

// One for the process; not thread-safe. Standard input and output must be a terminal.
class LineEditor {
 public:
  // Reads the history from `history_path`; empty: keeps none on disk.
  explicit LineEditor(std::string history_path);
  ~LineEditor();

  // Ends as interrupted once a signal handler has set `stop`.
  TypedLine read(const std::string& prompt, const std::atomic<bool>& stop);
  void remember(const std::string& line);  // for the arrow keys, and for later sessions unless turned off
  void keep_history(bool on);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace sotto::cli
