#include "cli/chat_file.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <nlohmann/json.hpp>
#include <sstream>

#include "cli/output.h"

namespace sotto::cli {

namespace {

using Json = nlohmann::ordered_json;

constexpr std::uintmax_t kMaxBytes = 64u << 20;
constexpr int kVersion = 1;

const char* role_name(Role role) {
  switch (role) {
    case Role::kSystem: return "system";
    case Role::kUser: return "user";
    case Role::kAssistant: return "assistant";
    case Role::kTool: return "tool";
  }
  return "user";
}

Unexpected bad(const std::string& path, std::string_view what) {
  return Unexpected(ErrorCode::kBadFile,
                    fmt::format("reading the saved chat {}: {}; /save writes such files", path, what));
}

Unexpected io_failure(const std::string& path, std::string_view doing) {
  return Unexpected(ErrorCode::kIo, fmt::format("{} {}: {}; choose another place with /save /path/to/file.json", doing,
                                                path, std::strerror(errno)));
}

Json to_json(const ChatRecord& record) {
  Json settings = Json::object();
  for (const Parameter& parameter : parameters()) settings[parameter.name] = parameter.show(record.settings);
  Json messages = Json::array();
  for (const Message& message : record.messages) {
    messages.push_back({{"role", role_name(message.role)}, {"content", message.content}});
  }
  const Settings& set = record.settings;
  Json adapters = Json::array(), examples = Json::array();
  for (const AdapterOption& adapter : set.adapters) adapters.push_back(describe_adapter(adapter));
  for (const Message& message : set.examples) {
    examples.push_back({{"role", role_name(message.role)}, {"content", message.content}});
  }
  return {{"sotto_chat", kVersion},
          {"model", record.model},
          {"system", set.system},
          {"stop", set.stop},
          {"raw", set.raw},
          {"ignore_eos", set.ignore_eos},
          {"adapters", std::move(adapters)},
          {"template", set.chat_template},
          {"examples", std::move(examples)},
          {"settings", std::move(settings)},
          {"messages", std::move(messages)}};
}

// The list of messages in a field.
Result<std::vector<Message>> read_messages(const Json& file, const char* field) {
  std::vector<Message> messages;
  for (const Json& item : file.at(field)) {
    const std::string role = item.at("role").get<std::string>();
    const bool example = field == std::string_view("examples") && role == "system";
    if (role != "user" && role != "assistant" && !example) {
      return Unexpected(ErrorCode::kBadFile,
                        fmt::format("\"{}\" holds the role \"{}\", expected user or assistant", field, role));
    }
    messages.push_back({example          ? Role::kSystem
                        : role == "user" ? Role::kUser
                                         : Role::kAssistant,
                        item.at("content").get<std::string>()});
  }
  return messages;
}

// Errors are the bare reason; load_chat adds the path.
Result<Settings> read_settings(const Json& file) {
  Settings settings;
  settings.system = file.value("system", "");
  settings.stop = file.value("stop", std::vector<std::string>());
  settings.raw = file.value("raw", false);
  settings.ignore_eos = file.value("ignore_eos", false);
  settings.chat_template = file.value("template", "");
  for (const std::string& text : file.value("adapters", std::vector<std::string>())) {
    const Result<AdapterOption> adapter = parse_adapter(text);
    if (!adapter) return Unexpected(adapter.error());
    settings.adapters.push_back(*adapter);
  }
  if (file.contains("examples")) {
    Result<std::vector<Message>> examples = read_messages(file, "examples");
    if (!examples) return forward_error(examples);
    settings.examples = std::move(*examples);
  }
  const Json values = file.value("settings", Json::object());
  for (const auto& [name, value] : values.items()) {
    const Parameter* parameter = find_parameter(name);
    if (parameter == nullptr) {
      return Unexpected(ErrorCode::kBadFile, fmt::format("\"settings\" holds the unknown name \"{}\"", name));
    }
    const Result<void> done = set_parameter(settings, *parameter, value.get<std::string>());
    if (!done) return Unexpected(done.error());
  }
  return settings;
}

Result<ChatRecord> from_json(const Json& file) {
  if (!file.is_object() || file.value("sotto_chat", 0) != kVersion) {
    return Unexpected(ErrorCode::kBadFile, fmt::format("\"sotto_chat\" is not {}", kVersion));
  }
  Result<Settings> settings = read_settings(file);
  if (!settings) return forward_error(settings);
  Result<std::vector<Message>> messages = read_messages(file, "messages");
  if (!messages) return forward_error(messages);
  return ChatRecord{file.at("model").get<std::string>(), std::move(*settings), std::move(*messages)};
}

}  // namespace

std::string chat_path(const std::string& name, const std::string& state_folder) {
  if (name.find('/') != std::string::npos || name.ends_with(".json")) return name;
  return state_folder + "/chats/" + name + ".json";
}

std::vector<std::string> saved_chats(const std::string& state_folder) {
  std::vector<std::string> names;
  std::error_code error;
  std::filesystem::directory_iterator item(state_folder + "/chats", error);
  for (; !error && item != std::filesystem::directory_iterator(); item.increment(error)) {
    if (item->path().extension() == ".json") names.push_back(item->path().stem().string());
  }
  std::sort(names.begin(), names.end());
  return names;
}

Existing what_is_at(const std::string& path) {
  std::error_code error;
  // A link that leads nowhere is something as well.
  if (std::filesystem::symlink_status(path, error).type() == std::filesystem::file_type::not_found) {
    return Existing::kNothing;
  }
  if (std::filesystem::file_size(path, error) > kMaxBytes || error) return Existing::kOther;
  std::ifstream in(path, std::ios::binary);
  const Json file = Json::parse(in, nullptr, /*allow_exceptions=*/false);
  return file.is_object() && file.contains("sotto_chat") ? Existing::kChat : Existing::kOther;
}

Result<void> make_chats_folder(const std::string& path, const std::string& state_folder) {
  const std::filesystem::path folder = std::filesystem::path(path).parent_path();
  if (folder != std::filesystem::path(state_folder) / "chats") return {};
  std::error_code error;
  std::filesystem::create_directories(folder, error);
  if (!error) return {};
  errno = error.value();
  return io_failure(folder, "creating the folder");
}

std::string text_of_chat(const ChatRecord& record) {
  return to_json(record).dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

// The library throws for a field that is missing or of another type.
Result<ChatRecord> chat_of_text(std::string_view text) try {
  return from_json(Json::parse(text));
} catch (const Json::exception& problem) {
  return Unexpected(ErrorCode::kBadFile, problem.what());
}

Result<void> save_chat(const std::string& path, const ChatRecord& record) {
  const std::string text = text_of_chat(record);
  // A name of this process's own, made new: whatever else lies beside the chat stays.
  const std::string fresh = fmt::format("{}.{}.new", path, ::getpid());
  const int fd = ::open(fresh.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, S_IRUSR | S_IWUSR);
  if (fd < 0) return io_failure(path, "writing the chat to");
  errno = write_all(fd, text);
  if (::close(fd) != 0 || errno != 0 || ::rename(fresh.c_str(), path.c_str()) != 0) {
    const Unexpected failure = io_failure(path, "writing the chat to");
    ::unlink(fresh.c_str());
    return failure;
  }
  return {};
}

Result<ChatRecord> load_chat(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  if (!in) {
    const ErrorCode code = errno == ENOENT ? ErrorCode::kNotFound : ErrorCode::kIo;
    return Unexpected(code, fmt::format("reading the saved chat {}: {}", path, std::strerror(errno)));
  }
  std::error_code error;
  if (std::filesystem::file_size(path, error) > kMaxBytes || error) {
    return bad(path, fmt::format("it is not a regular file of at most {} bytes", kMaxBytes));
  }
  const std::string text{std::istreambuf_iterator<char>(in), {}};
  Result<ChatRecord> record = chat_of_text(text);
  if (!record) return bad(path, record.error().message);
  return record;
}

}  // namespace sotto::cli
