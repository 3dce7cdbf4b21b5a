// The commands of a chat: /help /set /show /save /load /clear /bye. One table holds them all.
#pragma once

#include <string>

#include "cli/chat.h"
#include "cli/chat_input.h"

namespace sotto::cli {

class LineEditor;

// What the commands act on.
struct ChatContext {
  Chat& chat;
  LineEditor& editor;
  Output& out;
  std::string state_folder;  // for saved chats
  bool verbose = false;
  bool ended = false;            // set by /bye
  bool told_how_to_end = false;  // once is enough
  std::string chat_file{};       // where this chat was last saved to or loaded from
};

// Prints `text` as lines of their own.
void say(ChatContext& context, const std::string& text);

// Runs the command that was typed; what goes wrong is said on standard error and the chat goes on.
void run_chat_command(ChatContext& context, const ChatInput& input);

}  // namespace sotto::cli
