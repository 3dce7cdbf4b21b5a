#include "server/systemd.h"

#include <gtest/gtest.h>

#include <array>
#include <cstdio>
#include <cstdlib>

#include "catalog/files.h"
#include "support/temporary_folder.h"

namespace sotto::server {
namespace {

UnitFacts facts() {
  return {.program = "/usr/bin/true",
          .arguments = {"--port", "8080"},
          .environment = {{"SOTTO_MODELS", "/srv/my models"}},
          .writable = {"/srv/my models", "/home/ada/.cache/sotto"}};
}

// The lines of the text that begin so.
std::vector<std::string> lines(const std::string& text, const std::string& beginning) {
  std::vector<std::string> found;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t end = text.find('\n', at);
    const std::string line = text.substr(at, end - at);
    if (line.starts_with(beginning)) found.push_back(line.substr(beginning.size()));
    at = end == std::string::npos ? text.size() : end + 1;
  }
  return found;
}

// What a command prints, and its exit code.
std::pair<std::string, int> output_of(const std::string& command) {
  std::string text;
  FILE* pipe = ::popen((command + " 2>&1").c_str(), "r");
  std::array<char, 4096> part{};
  while (const std::size_t n = std::fread(part.data(), 1, part.size(), pipe)) text.append(part.data(), n);
  return {text, ::pclose(pipe)};
}

bool has_systemd_analyze() { return output_of("command -v systemd-analyze").second == 0; }

TEST(Systemd, TheUnitRunsThisServerConfined) {
  const std::string text = unit_text(facts());
  EXPECT_EQ(lines(text, "ExecStart="), std::vector<std::string>{"\"/usr/bin/true\" \"--port\" \"8080\""});
  EXPECT_EQ(lines(text, "Environment="), std::vector<std::string>{"\"SOTTO_MODELS=/srv/my models\""});
  EXPECT_EQ(lines(text, "ReadWritePaths="),
            (std::vector<std::string>{"\"/srv/my models\"", "\"/home/ada/.cache/sotto\""}));
  for (const char* option : {"NoNewPrivileges=yes", "ProtectSystem=strict", "ProtectHome=read-only", "PrivateTmp=yes",
                             "MemoryDenyWriteExecute=yes", "SystemCallFilter=@system-service", "RestrictNamespaces=yes",
                             "RestrictAddressFamilies=AF_UNIX AF_INET AF_INET6", "WantedBy=default.target"})
    EXPECT_EQ(lines(text, option).size(), 1u) << option;
}

TEST(Systemd, TheCommandLineHoldsInAnyFolder) {
  const char* const line[] = {"sotto-server", "--port", "80", "--systemd", "--cert", "a.pem", "--key=/b.pem"};
  const UnitFacts found = unit_facts(7, line, {.models = "/models", .cache = "/cache"});
  const std::string here = std::filesystem::current_path().string();
  EXPECT_EQ(found.arguments, (std::vector<std::string>{"--port", "80", "--cert", here + "/a.pem", "--key=/b.pem"}));
  EXPECT_EQ(found.writable, (std::vector<std::string>{"/models", "/cache"}));
  EXPECT_TRUE(found.program.starts_with("/"));
}

TEST(Systemd, NothingInAnArgumentIsReadAsSystemdsOwn) {
  UnitFacts odd = facts();
  odd.arguments = {"a\nExecStart=/bin/sh", "%h", "$HOME", "\"", "\\"};
  const std::string text = unit_text(odd);
  EXPECT_EQ(lines(text, "ExecStart="), std::vector<std::string>{"\"/usr/bin/true\" \"a\\x0aExecStart=/bin/sh\" \"%%h\" "
                                                                "\"$$HOME\" \"\\\"\" \"\\\\\""});
}

TEST(Systemd, AUnitThatWasChangedStays) {
  const support::TemporaryFolder folder;
  const std::string path = folder.file("systemd/user/sotto.service"), text = unit_text(facts());
  ASSERT_TRUE(write_unit(path, text));
  EXPECT_EQ(*catalog::read_small_file(path, 1 << 20), text);
  UnitFacts other = facts();
  other.arguments = {"--port", "9090"};
  ASSERT_TRUE(write_unit(path, unit_text(other))) << "one that was written here is replaced";
  ASSERT_TRUE(catalog::write_file(path, unit_text(other) + "# mine\n"));
  const auto refused = write_unit(path, text);
  ASSERT_FALSE(refused);
  EXPECT_NE(refused.error().message.find("sotto.service"), std::string::npos);
  EXPECT_EQ(*catalog::read_small_file(path, 1 << 20), unit_text(other) + "# mine\n");
  ASSERT_TRUE(catalog::write_file(path, "[Service]\nExecStart=/bin/true\n"));
  EXPECT_FALSE(write_unit(path, text));
}

TEST(Systemd, SystemdUnderstandsTheUnit) {
  if (!has_systemd_analyze()) GTEST_SKIP() << "systemd-analyze is not here";
  const support::TemporaryFolder folder;
  const std::string path = folder.file("sotto.service");
  ASSERT_TRUE(write_unit(path, unit_text(facts())));
  // Verifying needs a folder for the manager's own things.
  const auto [said, code] =
      output_of("XDG_RUNTIME_DIR=" + folder.path() + " systemd-analyze verify --user --man=no " + path);
  EXPECT_EQ(code, 0) << said;
  EXPECT_EQ(said.find("sotto.service"), std::string::npos) << said;
}

TEST(Systemd, SystemdFindsTheUnitConfined) {
  if (!has_systemd_analyze()) GTEST_SKIP() << "systemd-analyze is not here";
  const support::TemporaryFolder folder;
  const std::string path = folder.file("sotto.service");
  ASSERT_TRUE(write_unit(path, unit_text(facts())));
  // Of 100, the most exposed; about 30 are capabilities, which a service of a person never has.
  const auto [said, code] = output_of("systemd-analyze security --offline=true --threshold=60 " + path);
  EXPECT_EQ(code, 0) << said;
}

}  // namespace
}  // namespace sotto::server
