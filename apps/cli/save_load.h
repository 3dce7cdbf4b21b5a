// /save and /load: chats kept as files, and other models taken into a chat.
#pragma once

#include <string_view>

#include "cli/chat_commands.h"

namespace sotto::cli {

// Keeps the chat. A file that is no saved chat is never replaced; one of another chat only when `replace` is set.
void save_chat_as(ChatContext& context, std::string_view name, bool replace);

// Goes on with a saved chat, or takes another model into this one.
void load_chat_or_model(ChatContext& context, std::string_view name);

}  // namespace sotto::cli
