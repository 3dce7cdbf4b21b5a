// What a line typed into a chat means: a message, a command, or part of a block between """. Pure: knows no terminal.
#pragma once

#include <string>
#include <string_view>

namespace sotto::cli {

struct ChatInput {
  enum class Kind {
    kNothing,  // an empty line
    kMore,     // a block is open: feed the next line
    kMessage,  // `text` is for the model
    kCommand,  // `command` ("set") with `text` as its arguments ("temperature 0.2")
  };
  Kind kind = Kind::kNothing;
  std::string command;
  std::string text;
};

// "exit" or "quit" alone: no message for a model, but a person looking for the way out.
bool asks_to_leave(std::string_view message);

// Collects lines. """ at the start of a line, or after "/set system", opens a block; """ at the end of a line
// closes it. A line whose first word is "/" and letters, perhaps with a "!", is a command; "/etc/hosts" is a message.
class ChatInputReader {
 public:
  ChatInput feed(std::string_view line);
  bool in_block() const { return open_; }
  void abandon();  // Ctrl-C: forgets an open block

 private:
  ChatInput close_block();

  bool open_ = false;
  std::string command_;  // what stood before the block, "set system", or empty for a message
  std::string block_;
};

// The first word of `text` and what follows it, without blanks around either.
struct Words {
  std::string_view first;
  std::string_view rest;
};
Words split_first_word(std::string_view text);

}  // namespace sotto::cli
