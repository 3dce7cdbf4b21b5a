#include "cli/chat_input.h"

#include <algorithm>

namespace sotto::cli {

namespace {

constexpr std::string_view kBlanks = " \t\r\n";
constexpr std::string_view kQuotes = "\"\"\"";
constexpr std::string_view kSystemCommand = "set system";

std::string_view trim(std::string_view text) {
  const std::size_t first = text.find_first_not_of(kBlanks);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(kBlanks) - first + 1);
}

bool is_command_word(std::string_view word) {
  if (word == "/?") return true;
  if (word.ends_with('!')) word.remove_suffix(1);
  return word.size() > 1 && word[0] == '/' &&
         std::all_of(word.begin() + 1, word.end(), [](char c) { return c >= 'a' && c <= 'z'; });
}

// What follows "/set system" when the line is that command with an open quote.
bool opens_system_block(std::string_view line, std::string_view& body) {
  const Words set = split_first_word(line);
  const Words system = split_first_word(set.rest);
  if (set.first != "/set" || system.first != "system" || !system.rest.starts_with(kQuotes)) return false;
  body = system.rest.substr(kQuotes.size());
  return true;
}

}  // namespace

bool asks_to_leave(std::string_view message) {
  const std::string_view word = trim(message);
  return word == "exit" || word == "quit";
}

Words split_first_word(std::string_view text) {
  text = trim(text);
  const std::size_t end = std::min(text.find_first_of(kBlanks), text.size());
  return {text.substr(0, end), trim(text.substr(end))};
}

ChatInput ChatInputReader::feed(std::string_view line) {
  std::string_view body = line;
  if (!open_) {
    const std::string_view trimmed = trim(line);
    if (trimmed.empty()) return {};
    command_.clear();
    if (trimmed.starts_with(kQuotes)) {
      body = trimmed.substr(kQuotes.size());
    } else if (opens_system_block(trimmed, body)) {
      command_ = kSystemCommand;
    } else {
      const Words words = split_first_word(trimmed);
      if (!is_command_word(words.first)) return {ChatInput::Kind::kMessage, "", std::string(line)};
      return {ChatInput::Kind::kCommand, std::string(words.first.substr(1)), std::string(words.rest)};
    }
    block_.clear();
    open_ = true;
  } else {
    block_ += '\n';
  }
  const std::string_view end = trim(body);
  if (end.ends_with(kQuotes)) {
    block_ += body.substr(0, body.rfind(kQuotes));
    return close_block();
  }
  block_ += body;
  return {ChatInput::Kind::kMore, "", ""};
}

ChatInput ChatInputReader::close_block() {
  open_ = false;
  std::string text;
  text.swap(block_);
  // The newline after an opening quote that stands alone is not part of the text, nor the one before a closing one.
  if (text.starts_with('\n')) text.erase(0, 1);
  if (text.ends_with('\n')) text.pop_back();
  if (command_.empty()) {
    if (trim(text).empty()) return {};
    return {ChatInput::Kind::kMessage, "", std::move(text)};
  }
  return {ChatInput::Kind::kCommand, "set", "system " + text};
}

void ChatInputReader::abandon() {
  open_ = false;
  block_.clear();
}

}  // namespace sotto::cli
