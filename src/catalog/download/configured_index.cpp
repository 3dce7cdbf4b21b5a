// configured_index(): which package index this machine uses. No address stands in the program.
#include <cstdlib>

#include "catalog/download/command.h"
#include "catalog/download/index.h"
#include "catalog/download/pull.h"

namespace sotto::catalog {
namespace {

// Python starts slowly on a cold disk.
constexpr auto kPipLimit = std::chrono::seconds(30);

std::string ask_pip() {
  const std::vector<std::vector<std::string>> programs = {{"pip3", "download", "--help"},
                                                          {"python3", "-m", "pip", "download", "--help"}};
  for (const auto& program : programs) {
    // A wide terminal keeps a long address in one piece.
    auto help = read_command(program, {"COLUMNS=10000", "PIP_DISABLE_PIP_VERSION_CHECK=1"}, kPipLimit);
    if (!help) continue;
    std::string url = index_in_pip_help(*help);
    if (!url.empty()) return url;
  }
  return {};
}

}  // namespace

Result<std::string> configured_index() {
  for (const char* name : {"SOTTO_INDEX_URL", "PIP_INDEX_URL"}) {
    const char* value = std::getenv(name);
    if (value && *value) return std::string(value);
  }
  std::string url = ask_pip();
  if (url.find("****") != std::string::npos) {
    return Unexpected(ErrorCode::kNotFound,
                      "pip's package index needs a password, which pip does not tell; set "
                      "SOTTO_INDEX_URL to its address with user and password");
  }
  if (!url.empty()) return url;
  return Unexpected(ErrorCode::kNotFound,
                    "no Python package index is configured: set SOTTO_INDEX_URL to the address of one "
                    "(ending in /simple), or install pip (Debian: apt install python3-pip)");
}

}  // namespace sotto::catalog
