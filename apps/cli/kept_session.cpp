#include "cli/kept_session.h"

#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>

#include "cli/chat_file.h"

namespace sotto::cli {

namespace {

// Said before the answer is computed rather than after it.
Result<void> check_folder(const std::string& path) {
  std::filesystem::path folder = std::filesystem::path(path).parent_path();
  if (folder.empty()) folder = ".";
  if (::access(folder.c_str(), W_OK | X_OK) == 0) return {};
  const ErrorCode code = errno == ENOENT ? ErrorCode::kNotFound : ErrorCode::kIo;
  return Unexpected(code, fmt::format("--session {}: the folder {} cannot be written to: {}", path, folder.string(),
                                      std::strerror(errno)));
}

}  // namespace

Result<std::vector<Message>> take_up_session(Session& session, const std::string& path, Settings& settings) {
  if (Result<void> usable = check_folder(path); !usable) return forward_error(usable);
  Result<std::string> note = session.restore(path);
  if (!note) {
    if (note.error().code != ErrorCode::kNotFound) return forward_error(note);
    return std::vector<Message>();
  }
  Result<ChatRecord> record = chat_of_text(*note);
  if (!record) {
    session.clear();
    return Unexpected(ErrorCode::kBadFile,
                      fmt::format("--session {}: another program kept this session, without messages that sotto run "
                                  "can go on with ({}); choose another file",
                                  path, record.error().message));
  }
  if (settings.system.empty()) settings.system = record->settings.system;
  return std::move(record->messages);
}

Result<void> keep_session(Session& session, const std::string& path, const std::string& system,
                          const std::vector<Message>& messages) {
  ChatRecord record;
  record.settings.system = system;
  record.messages = messages;
  return session.save(path, text_of_chat(record));
}

}  // namespace sotto::cli
