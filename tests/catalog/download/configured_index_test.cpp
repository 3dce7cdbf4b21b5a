#include <gtest/gtest.h>

#include "catalog/download/pull.h"
#include "catalog/support.h"

namespace sotto::catalog {
namespace {

using test::Environment;
using test::TemporaryFolder;
using test::write_text;

void put_program(const TemporaryFolder& folder, const std::string& name, const std::string& script) {
  write_text(folder.file(name), "#!/bin/sh\n" + script);
  std::filesystem::permissions(folder.file(name), std::filesystem::perms::owner_all);
}

std::string help_with(const std::string& url) {
  return "echo \"$*\" | grep -q 'download --help' || exit 1\n"
         "echo '  -i, --index-url <url>  Base URL of the Python Package Index (default " +
         url + "). This'\n";
}

TEST(ConfiguredIndex, VariablesComeFirst) {
  Environment pip("PIP_INDEX_URL", "https://pip.example.org/simple");
  Environment own("SOTTO_INDEX_URL", "https://own.example.org/simple");
  EXPECT_EQ(*configured_index(), "https://own.example.org/simple");
  Environment none("SOTTO_INDEX_URL", {});
  EXPECT_EQ(*configured_index(), "https://pip.example.org/simple");
}

TEST(ConfiguredIndex, AsksPip) {
  Environment pip("PIP_INDEX_URL", {}), own("SOTTO_INDEX_URL", "");
  TemporaryFolder programs;
  Environment path("PATH", programs.path() + ":/usr/bin:/bin");
  put_program(programs, "pip3", help_with("https://from-pip.example.org/simple"));
  EXPECT_EQ(*configured_index(), "https://from-pip.example.org/simple");
  // A pip3 that does not work is not the last word.
  put_program(programs, "pip3", "exit 3\n");
  put_program(programs, "python3", help_with("https://from-python.example.org/simple"));
  EXPECT_EQ(*configured_index(), "https://from-python.example.org/simple");
}

TEST(ConfiguredIndex, SaysWhatToSet) {
  Environment pip("PIP_INDEX_URL", {}), own("SOTTO_INDEX_URL", {});
  TemporaryFolder programs;
  Environment path("PATH", programs.path());
  auto nothing = configured_index();
  ASSERT_FALSE(nothing);
  EXPECT_EQ(nothing.error().code, ErrorCode::kNotFound);
  EXPECT_NE(nothing.error().message.find("SOTTO_INDEX_URL"), std::string::npos);
  Environment more("PATH", programs.path() + ":/usr/bin:/bin");
  put_program(programs, "pip3", help_with("https://ada:****@example.org/simple"));
  auto hidden = configured_index();
  ASSERT_FALSE(hidden);
  EXPECT_NE(hidden.error().message.find("password"), std::string::npos);
}

}  // namespace
}  // namespace sotto::catalog
