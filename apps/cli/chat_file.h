// Saved chats: JSON files, readable by their owner only. Knows nothing of engines.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "cli/chat.h"

namespace sotto::cli {

// Where "/save NAME" writes: NAME itself when it is a path (has a slash or ends in .json), otherwise
// <state_folder>/chats/NAME.json.
std::string chat_path(const std::string& name, const std::string& state_folder);

// The names of the chats saved in <state_folder>/chats, sorted.
std::vector<std::string> saved_chats(const std::string& state_folder);

// What a save would write over.
enum class Existing { kNothing, kChat, kOther };
Existing what_is_at(const std::string& path);

// Creates <state_folder>/chats when `path` lies there; the folder of any other path is the user's affair. Errors: kIo.
Result<void> make_chats_folder(const std::string& path, const std::string& state_folder);

// A chat as the JSON text of a file, and back. Errors are the bare reason: kBadFile.
std::string text_of_chat(const ChatRecord& record);
Result<ChatRecord> chat_of_text(std::string_view text);

// Replaces the file in one step. Errors: kIo.
Result<void> save_chat(const std::string& path, const ChatRecord& record);

// Errors: kNotFound, kIo, kBadFile (names the file and the field).
Result<ChatRecord> load_chat(const std::string& path);

}  // namespace sotto::cli
