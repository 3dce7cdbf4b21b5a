#include "server/systemd.h"

#include <fmt/format.h>

#include <cstdlib>
#include <filesystem>

#include "catalog/files.h"
#include "catalog/sha256.h"

namespace sotto::server {
namespace {

constexpr std::size_t kMostUnitBytes = 1 << 20;
constexpr std::string_view kFlag = "--systemd";
constexpr std::string_view kSumLine = "# Written by sotto serve --systemd. Sum of what follows: ";

// Where the server looks for things, and what it takes from the environment.
constexpr const char* kVariables[] = {"SOTTO_HOST",   "SOTTO_ORIGINS", "SOTTO_KEEP_ALIVE", "SOTTO_NO_PACKED_CACHE",
                                      "SOTTO_MODELS", "XDG_DATA_HOME", "XDG_CACHE_HOME",   "XDG_CONFIG_HOME"};

// Without a way to privileges, since a service of a person has none, and options that take them away would fail:
// CapabilityBoundingSet, PrivateDevices, ProtectClock and the like.
constexpr const char* kConfinement = R"(NoNewPrivileges=yes
PrivateUsers=yes
ProtectSystem=strict
ProtectHome=read-only
PrivateTmp=yes
ProtectControlGroups=yes
ProtectKernelTunables=yes
RestrictAddressFamilies=AF_UNIX AF_INET AF_INET6
RestrictNamespaces=yes
RestrictRealtime=yes
RestrictSUIDSGID=yes
LockPersonality=yes
MemoryDenyWriteExecute=yes
SystemCallArchitectures=native
SystemCallFilter=@system-service
SystemCallFilter=~@privileged @keyring @memlock
SystemCallErrorNumber=EPERM
UMask=0077
RuntimeDirectory=sotto
RuntimeDirectoryMode=0700
RuntimeDirectoryPreserve=yes
)";

// A word of a unit. in_command: "$" begins a variable there.
std::string quoted(std::string_view text, bool in_command) {
  std::string word = "\"";
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte < 0x20 || byte == 0x7f) word += fmt::format("\\x{:02x}", byte);
    else if (c == '"' || c == '\\') word += fmt::format("\\{}", c);
    else if (c == '%' || (c == '$' && in_command)) word += fmt::format("{0}{0}", c);
    else word += c;
  }
  return word + "\"";
}

std::string sum_of(std::string_view text) {
  catalog::Sha256 sum;
  sum.update(text);
  return sum.hex();
}

// The service runs in another folder than the one where the line was written.
std::string absolute(const std::string& path) {
  std::error_code ignored;
  return std::filesystem::absolute(path, ignored).string();
}

// An argument with paths that hold anywhere. before: the argument in front of it.
std::string settled(const std::string& argument, std::string_view before) {
  for (const std::string flag : {"--cert", "--key"}) {
    if (before == flag) return absolute(argument);
    if (argument.starts_with(flag + "=")) return flag + "=" + absolute(argument.substr(flag.size() + 1));
  }
  return argument;
}

}  // namespace

UnitFacts unit_facts(int argc, const char* const* argv, const catalog::Paths& paths) {
  UnitFacts facts;
  std::error_code ignored;
  facts.program = std::filesystem::read_symlink("/proc/self/exe", ignored).string();
  for (int i = 1; i < argc; ++i)
    if (argv[i] != kFlag) facts.arguments.push_back(settled(argv[i], argv[i - 1]));
  for (const char* name : kVariables) {
    const char* value = std::getenv(name);
    if (value != nullptr && *value != '\0') facts.environment.emplace_back(name, value);
  }
  for (auto& [name, value] : facts.environment)
    if (name == std::string_view("SOTTO_MODELS")) value = paths.models;
  facts.writable = {paths.models, paths.cache};
  return facts;
}

std::string unit_text(const UnitFacts& facts) {
  std::string command = quoted(facts.program, true);
  for (const std::string& argument : facts.arguments) command += " " + quoted(argument, true);
  std::string text = "[Unit]\nDescription=Sotto, a private AI runtime\n\n[Service]\n";
  text += fmt::format("ExecStart={}\nRestart=on-failure\n", command);
  for (const auto& [name, value] : facts.environment)
    text += fmt::format("Environment={}\n", quoted(name + "=" + value, false));
  text += kConfinement;
  for (const std::string& folder : facts.writable) text += fmt::format("ReadWritePaths={}\n", quoted(folder, false));
  text += "\n[Install]\nWantedBy=default.target\n";
  return fmt::format("{}{}\n{}", kSumLine, sum_of(text), text);
}

bool is_unchanged_unit(std::string_view text) {
  const std::size_t end = text.find('\n');
  if (!text.starts_with(kSumLine) || end == std::string_view::npos) return false;
  return text.substr(kSumLine.size(), end - kSumLine.size()) == sum_of(text.substr(end + 1));
}

Result<void> write_unit(const std::string& path, const std::string& text) {
  if (auto made = catalog::make_folders(catalog::parent_folder(path)); !made) return made;
  const auto there = catalog::read_small_file(path, kMostUnitBytes);
  const bool foreign = there ? !is_unchanged_unit(*there) : there.error().code != ErrorCode::kNotFound;
  if (foreign) {
    return Unexpected(
        ErrorCode::kBadRequest,
        fmt::format("{}: a unit stands there that was changed, or that others wrote; it is left as it is. "
                    "Move it away to have it written anew",
                    path));
  }
  return catalog::write_file(path, text);
}

int run_systemd(int argc, const char* const* argv, const catalog::Paths& paths) {
  const std::string config = catalog::parent_folder(catalog::parent_folder(paths.config_file));
  const std::string path = config + "/systemd/user/sotto.service";
  const UnitFacts facts = unit_facts(argc, argv, paths);
  Result<void> done;
  for (const std::string& folder : facts.writable)
    if (done) done = catalog::make_folders(folder);
  if (done) done = write_unit(path, unit_text(facts));
  if (!done) {
    fmt::print(stderr, "sotto-server: {}\n", done.error().message);
    return done.error().code == ErrorCode::kBadRequest ? 2 : 1;
  }
  fmt::print(
      "wrote {}\nstart it now and with every login:\n  systemctl --user daemon-reload\n"
      "  systemctl --user enable --now sotto\n",
      path);
  return 0;
}

}  // namespace sotto::server
