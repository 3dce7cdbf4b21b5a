#include "cli/save_load.h"

#include <fmt/format.h>

#include <filesystem>

#include "catalog/paths.h"
#include "catalog/store.h"
#include "cli/assistant.h"
#include "cli/chat_file.h"
#include "cli/report.h"

namespace sotto::cli {

namespace {

// "saved chats: a, b", or that there are none.
std::string describe_saved(const ChatContext& context) {
  const std::vector<std::string> names = saved_chats(context.state_folder);
  return names.empty() ? "no chats are saved" : fmt::format("saved chats: {}", fmt::join(names, ", "));
}

void notice_plain_text(const Chat& chat) {
  const std::string plain = plain_text_notice(chat.settings(), chat.info());
  if (!plain.empty()) notice(plain);
}

void load_model(ChatContext& context, const std::string& name) {
  Chat& chat = context.chat;
  std::string model = name;
  Settings settings = chat.settings();
  const Result<catalog::Paths> paths = catalog::find_paths();
  Result<std::string> assistant =
      paths ? take_assistant(catalog::Store(paths->models), model, {}, settings) : Result<std::string>(std::string());
  const Result<void> done = assistant ? chat.reopen(model, settings, *assistant) : forward_error(assistant);
  if (!done) {
    Error error = done.error();
    if (error.code == ErrorCode::kNotFound) error.message += "; " + describe_saved(context);
    fail(error);
    return;
  }
  const bool answers = plain_text_notice(chat.settings(), chat.info()).empty();
  say(context, chat.model_name() + (answers ? " goes on with the chat; /clear starts anew" : " is loaded"));
  notice_plain_text(chat);
}

void load_saved(ChatContext& context, const std::string& path) {
  Chat& chat = context.chat;
  Result<ChatRecord> record = load_chat(path);
  if (!record) {
    Error error = record.error();
    if (error.code == ErrorCode::kNotFound) error.message += "; " + describe_saved(context);
    fail(error);
    return;
  }
  const Settings before = chat.settings();
  const std::string model = record->model;
  const Result<bool> done = chat.restore(std::move(*record));
  if (!done) {
    fail(done.error());
    return;
  }
  context.chat_file = path;
  say(context, fmt::format("loaded {}: {} messages, with {}", path, chat.messages().size(), chat.model_name()));
  const std::string changes = describe_changes(before, chat.settings());
  if (!changes.empty()) say(context, fmt::format("it set {}", changes));
  if (!*done) {
    notice(fmt::format("the model of that chat, {}, is gone; {} goes on with it", model, chat.model_name()));
  }
  notice_plain_text(chat);
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
    say(context, describe_saved(context) + "; /load NAME goes on with one, /load MODEL takes another model");
    return;
  }
  const std::string path = chat_path(std::string(name), context.state_folder);
  const bool is_chat = name.ends_with(".json") || (!name.ends_with(".gguf") && std::filesystem::is_regular_file(path));
  if (is_chat) {
    load_saved(context, path);
  } else {
    load_model(context, std::string(name));
  }
}

}  // namespace sotto::cli
