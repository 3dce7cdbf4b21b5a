#include "catalog/assistants/folder.h"

#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <filesystem>

#include <fmt/format.h>

#include "catalog/files.h"
#include "catalog/names.h"

namespace sotto::catalog {
namespace {

KeptAssistant read_kept(const std::string& path) {
  KeptAssistant kept;
  kept.path = path;
  struct stat status;
  if (::stat(path.c_str(), &status) == 0) {
    kept.file_bytes = static_cast<std::uint64_t>(status.st_size);
    kept.modified_unix_s = status.st_mtime;
  }
  const std::string file = base_name(path);
  const std::string stem = to_lower(file.substr(0, file.size() - kAssistantEnding.size()));
  auto text = read_small_file(path, kMaxAssistantBytes);
  auto parsed = text ? parse_assistant(*text, path) : Result<ParsedAssistant>(forward_error(text));
  if (!parsed) {
    kept.assistant.name = stem;
    kept.problem = parsed.error().message;
    return kept;
  }
  kept.assistant = std::move(parsed->assistant);
  const auto name = normalize_name(kept.assistant.name);
  kept.assistant.name = name ? *name : stem;
  return kept;
}

}  // namespace

std::string assistant_path(const std::string& folder, std::string_view name) {
  std::string file(name);
  std::replace(file.begin(), file.end(), ':', '-');
  return fmt::format("{}/{}{}", folder, file, kAssistantEnding);
}

Result<std::vector<KeptAssistant>> list_assistants(const std::string& folder) {
  std::vector<KeptAssistant> assistants;
  std::error_code failure;
  std::filesystem::directory_iterator item(folder, failure);
  if (failure == std::errc::no_such_file_or_directory) return assistants;
  for (; !failure && item != std::filesystem::directory_iterator(); item.increment(failure)) {
    const std::string name = item->path().filename().string();
    std::error_code ignored;
    const bool ours = name.size() > kAssistantEnding.size() && name.ends_with(kAssistantEnding) && name.front() != '.';
    if (ours && item->is_regular_file(ignored)) assistants.push_back(read_kept(folder + "/" + name));
  }
  if (failure) {
    errno = failure.value();
    return Unexpected(system_error("cannot list the assistants", folder));
  }
  std::ranges::sort(assistants, {}, [](const KeptAssistant& kept) { return kept.assistant.name; });
  return assistants;
}

Result<std::optional<KeptAssistant>> find_assistant(const std::string& folder, std::string_view name) {
  const auto wanted = normalize_name(name);
  if (!wanted) return std::optional<KeptAssistant>();
  auto assistants = list_assistants(folder);
  if (!assistants) return forward_error(assistants);
  for (KeptAssistant& kept : *assistants) {
    if (kept.assistant.name != *wanted) continue;
    if (!kept.problem.empty()) return Unexpected(ErrorCode::kBadFile, kept.problem);
    return std::optional(std::move(kept));
  }
  return std::optional<KeptAssistant>();
}

Result<void> write_assistant(const std::string& folder, const Assistant& assistant) {
  if (auto made = make_folders(folder); !made) return made;
  const std::string path = assistant_path(folder, assistant.name);
  if (file_size(path) >= 0) {
    const KeptAssistant there = read_kept(path);
    if (there.problem.empty() && there.assistant.name != assistant.name)
      return Unexpected(ErrorCode::kBadRequest,
                        fmt::format("{} is the file of the assistant {}; choose another name than {}", path,
                                    there.assistant.name, assistant.name));
  }
  return write_file(path, to_toml(assistant));
}

}  // namespace sotto::catalog
