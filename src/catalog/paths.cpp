#include "catalog/paths.h"

#include <pwd.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>

#include <fmt/format.h>

namespace sotto::catalog {
namespace {

std::string environment(const char* name) {
  const char* value = std::getenv(name);
  return value ? value : "";
}

std::string without_end_slash(std::string path) {
  while (path.size() > 1 && path.back() == '/') path.pop_back();
  return path;
}

std::string home_folder() {
  std::string home = environment("HOME");
  if (!home.empty()) return without_end_slash(home);
  const passwd* account = ::getpwuid(::getuid());
  return account && account->pw_dir ? without_end_slash(account->pw_dir) : "";
}

// $variable/sotto, or the default of the specification.
std::string xdg_folder(const char* variable, const std::string& otherwise) {
  std::string folder = environment(variable);
  if (!folder.starts_with('/')) folder = otherwise;
  return without_end_slash(folder) + "/sotto";
}

}  // namespace

Result<Paths> find_paths() {
  std::string home = home_folder();
  if (!home.starts_with('/')) {
    return Unexpected(ErrorCode::kNotFound, "there is no home folder to keep models in: set HOME to an absolute path");
  }
  Paths paths;
  paths.models = xdg_folder("XDG_DATA_HOME", home + "/.local/share") + "/models";
  paths.cache = xdg_folder("XDG_CACHE_HOME", home + "/.cache");
  paths.packed = paths.cache + "/packed";
  paths.config_file = xdg_folder("XDG_CONFIG_HOME", home + "/.config") + "/config.toml";
  paths.state = xdg_folder("XDG_STATE_HOME", home + "/.local/state");
  std::string runtime = environment("XDG_RUNTIME_DIR");
  paths.running =
      runtime.starts_with('/') ? without_end_slash(runtime) + "/sotto" : fmt::format("/tmp/sotto-{}", ::getuid());
  std::string models = environment("SOTTO_MODELS");
  if (!models.empty()) {
    std::error_code ignored;
    paths.models = without_end_slash(std::filesystem::absolute(models, ignored).string());
  }
  return paths;
}

}  // namespace sotto::catalog
