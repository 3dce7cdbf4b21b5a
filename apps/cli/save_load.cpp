#include "cli/save_load.h"

#include <fmt/format.h>

#include <filesystem>

#include "cli/chat_file.h"
#include "cli/report.h"

namespace sotto::cli {

namespace {

void load_model(ChatContext& context, const std::string& name) {
  if (Result<void> done = context.chat.reopen(name, context.chat.settings()); !done) {
    fail(done.error());
    return;
  }
  const std::string plain = plain_text_notice(context.chat.settings(), context.chat.info());
  if (plain.empty()) {
    say(context, fmt::format("{} goes on with the chat; /clear starts anew", context.chat.model_name()));
  } else {
    say(context, fmt::format("{} is loaded", context.chat.model_name()));
    notice(plain);
  }
}

// Whether `path` can be written without a loss; says why not.
bool may_write(const ChatContext& context, std::string_view name, const std::string& path, bool replace) {
  switch (what_is_at(path)) {
    case Existing::kNothing: return true;
    case Existing::kOther:
      fail(Exit::kFailure, fmt::format("/save {}: {} exists and is no saved chat; choose another name", name, path));
      return false;
    case Existing::kChat: break;
  }
  if (replace || path == context.chat_file) return true;
  fail(Exit::kFailure, fmt::format("/save {0}: {1} holds another saved chat; /save! {0} replaces it", name, path));
  return false;
}

}  // namespace

void save_chat_as(ChatContext& context, std::string_view name, bool replace) {
  if (name.empty()) {
    fail(Exit::kUsage, "/save: expected a name or a path, as in /save holiday");
    return;
  }
  const std::string path = chat_path(std::string(name), context.state_folder);
  if (!may_write(context, name, path, replace)) return;
  const Result<void> folder = make_chats_folder(path, context.state_folder);
  const Result<void> done = folder ? save_chat(path, context.chat.record()) : folder;
  if (!done) {
    fail(done.error());
    return;
  }
  context.chat_file = path;
  say(context, fmt::format("saved to {} (plain text that only your account can read)", path));
}

void load_chat_or_model(ChatContext& context, std::string_view name) {
  if (name.empty()) {
    fail(Exit::kUsage, "/load: expected a saved chat or a model");
    return;
  }
  const std::string path = chat_path(std::string(name), context.state_folder);
  const bool is_chat = name.ends_with(".json") || (!name.ends_with(".gguf") && std::filesystem::is_regular_file(path));
  if (!is_chat) {
    load_model(context, std::string(name));
    return;
  }
  Result<ChatRecord> record = load_chat(path);
  if (!record) {
    fail(record.error());
    return;
  }
  if (Result<void> done = context.chat.restore(std::move(*record)); !done) {
    fail(done.error());
    return;
  }
  context.chat_file = path;
  say(context,
      fmt::format("loaded {}: {} messages, with {}", path, context.chat.messages().size(), context.chat.model_name()));
}

}  // namespace sotto::cli
