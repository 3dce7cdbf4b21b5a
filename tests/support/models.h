// Where the real models that tests use stand.
#pragma once

#include <cstdlib>
#include <filesystem>
#include <string>

namespace sotto::support {

// The model's path, or nothing when it was not fetched (tools/fetch_test_data.py fetches them).
inline std::string model_path(const std::string& file_name) {
  const char* folder = std::getenv("SOTTO_TEST_DATA");
  const char* home = std::getenv("HOME");
  const std::filesystem::path path =
      (folder != nullptr ? std::filesystem::path(folder)
                         : std::filesystem::path(home != nullptr ? home : "") / ".cache/sotto-test") /
      file_name;
  return std::filesystem::exists(path) ? path.string() : "";
}

inline constexpr const char* kSmolLm2 = "SmolLM2-135M-Instruct.Q4_1.gguf";
inline constexpr const char* kGemma3 = "gemma-3-270m-Q4_K_M.gguf";

}  // namespace sotto::support
