#include "api/session_keeper.h"

#include <fmt/format.h>
#include <sys/stat.h>

#include <algorithm>
#include <charconv>
#include <filesystem>
#include <set>
#include <vector>

#include "catalog/files.h"
#include "catalog/sha256.h"

namespace sotto::api {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kSuffix = ".session";

std::string sum_of(std::string_view text) {
  catalog::Sha256 sum;
  sum.update(text);
  return sum.hex();
}

// A file is named after its context and its text: "4096-SUM.session".
std::string name_of(int ctx_tokens, std::string_view text) {
  return fmt::format("{}-{}{}", ctx_tokens, sum_of(text), kSuffix);
}

// 0: no name of a session's file.
int ctx_tokens_of(const std::string& name) {
  int ctx_tokens = 0;
  const char* end = name.data() + name.size();
  const auto [dash, error] = std::from_chars(name.data(), end, ctx_tokens);
  return error == std::errc() && dash != end && *dash == '-' && name.ends_with(kSuffix) ? ctx_tokens : 0;
}

struct KeptFile {
  std::string path, name;
  fs::file_time_type written;
};

// The latest first.
std::vector<KeptFile> files_in(const std::string& folder) {
  std::vector<KeptFile> files;
  std::error_code failure;
  for (fs::directory_iterator entry(folder, failure), end; !failure && entry != end; entry.increment(failure)) {
    std::error_code ignored;
    const std::string name = entry->path().filename().string();
    if (ctx_tokens_of(name) > 0) files.push_back({entry->path().string(), name, entry->last_write_time(ignored)});
  }
  std::ranges::sort(files, std::greater<>(), &KeptFile::written);
  return files;
}

}  // namespace

std::string SessionKeeper::folder_of(const std::string& engine_key) const { return folder_ + "/" + sum_of(engine_key); }

void SessionKeeper::tell(const Error& error) const {
  if (note_) note_(error.message);
}

void SessionKeeper::keep(const std::string& engine_key, Sessions& sessions) const {
  if (folder_.empty()) return;
  const std::string folder = folder_of(engine_key);
  if (auto made = catalog::make_folders(folder); !made) return tell(made.error());
  ::chmod(folder.c_str(), S_IRWXU);  // names tell nothing, but how many there are
  std::set<std::string> kept;
  sessions.visit_free([&](Session& session, int ctx_tokens, const std::string& text) {
    const std::string name = name_of(ctx_tokens, text);
    if (auto saved = session.save(folder + "/" + name, text); !saved) return tell(saved.error());
    kept.insert(name);
  });
  for (const KeptFile& file : files_in(folder))
    if (!kept.contains(file.name)) catalog::delete_file(file.path);
}

void SessionKeeper::take_up(const std::string& engine_key, Engine& engine, Sessions& sessions) const {
  if (folder_.empty()) return;
  for (const KeptFile& file : files_in(folder_of(engine_key))) {
    if (sessions.full()) return;
    const int ctx_tokens = ctx_tokens_of(file.name);
    auto session = engine.new_session(ctx_tokens);
    auto text = session ? (*session)->restore(file.path) : Result<std::string>(forward_error(session));
    if (text) sessions.add(std::move(*session), ctx_tokens, std::move(*text));
    else tell(text.error());
  }
}

}  // namespace sotto::api
