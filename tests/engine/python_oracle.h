// Runs a script of tools/ over lines of JSON: tests compare our arithmetic with an independent one.
#pragma once

#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

namespace sotto::engine {

// The script's answers, one a line; none when Python or what the script needs is missing.
inline std::vector<nlohmann::json> ask_python(const std::string& script,
                                              const std::vector<nlohmann::json>& questions) {
  namespace fs = std::filesystem;
  const fs::path repository = fs::path(__FILE__).parent_path().parent_path().parent_path();
  const char* named = std::getenv("SOTTO_PYTHON");
  const std::string python = named ? named : (repository / ".venv/bin/python").string();
  const fs::path input =
      fs::temp_directory_path() / ("sotto_oracle_" + std::to_string(std::rand()) + "_" +
                                   std::to_string(reinterpret_cast<std::uintptr_t>(&questions)));
  {
    std::ofstream out(input);
    for (const auto& question : questions) out << question << '\n';
  }
  std::vector<nlohmann::json> answers;
  const std::string command = "'" + python + "' '" + (repository / "tools" / script).string() +
                              "' < '" + input.string() + "'";
  if (FILE* pipe = popen(command.c_str(), "r")) {
    std::string output;
    char buffer[65536];
    while (const std::size_t n = std::fread(buffer, 1, sizeof buffer, pipe))
      output.append(buffer, n);
    if (pclose(pipe) == 0)
      for (std::size_t start = 0, end; (end = output.find('\n', start)) != std::string::npos;
           start = end + 1)
        answers.push_back(nlohmann::json::parse(output.substr(start, end - start)));
  }
  fs::remove(input);
  return answers;
}

}  // namespace sotto::engine
