// Runs the Python oracles of tools/ over files in a scratch folder.
#pragma once

#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

namespace sotto::support {

// From CMake: __FILE__ may be relative to a folder that the test does not run in.
inline std::filesystem::path repository() { return SOTTO_SOURCE_DIR; }

// A folder of its own, removed with everything in it.
class ScratchFolder {
 public:
  ScratchFolder() {
    std::string pattern = (std::filesystem::temp_directory_path() / "sotto_test_XXXXXX").string();
    if (mkdtemp(pattern.data()) != nullptr) path_ = pattern;
  }
  ~ScratchFolder() {
    std::error_code ignored;
    if (!path_.empty()) std::filesystem::remove_all(path_, ignored);
  }
  ScratchFolder(const ScratchFolder&) = delete;
  ScratchFolder& operator=(const ScratchFolder&) = delete;

  std::string file(const std::string& name) const { return (path_ / name).string(); }
  const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

// The exit status of `tools/<script> <arguments>`; not 0 as well when Python or a package it needs
// is missing.
inline int run_python(const std::string& script, const std::vector<std::string>& arguments) {
  const char* named = std::getenv("SOTTO_PYTHON");
  const std::string python = named != nullptr ? named : (repository() / ".venv/bin/python").string();
  std::string command = "'" + python + "' '" + (repository() / "tools" / script).string() + "'";
  for (const std::string& argument : arguments) command += " '" + argument + "'";
  return std::system(command.c_str());
}

template <class T>
std::vector<T> read_values(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  const std::vector<char> bytes(std::istreambuf_iterator<char>(in), {});
  std::vector<T> values(bytes.size() / sizeof(T));
  std::copy_n(bytes.data(), values.size() * sizeof(T), reinterpret_cast<char*>(values.data()));
  return values;
}

template <class T>
void write_values(const std::string& path, const std::vector<T>& values) {
  std::ofstream(path, std::ios::binary)
      .write(reinterpret_cast<const char*>(values.data()), static_cast<std::streamsize>(values.size() * sizeof(T)));
}

}  // namespace sotto::support
