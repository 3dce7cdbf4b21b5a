// server.py as the tests see it: started at first use and shared by all tests of the program.
#pragma once

#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdint>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "catalog/catalog.h"
#include "catalog/certificate.h"
#include "catalog/support.h"

namespace sotto::catalog::test {

// What the server's log says of one request.
struct Served {
  std::string path;
  std::uint64_t first_byte = 0;
  std::uint64_t bytes = 0;
};

class Server {
 public:
  static Server& get() {
    static Server server;
    return server;
  }

  // "http://127.0.0.1:port/<options>/<rest>"
  std::string url(const std::string& options, const std::string& rest) const {
    return "http://127.0.0.1:" + std::to_string(port_) + "/" + options + "/" + rest;
  }
  std::string secure_url(const std::string& options) const {
    return "https://127.0.0.1:" + std::to_string(secure_port_) + "/" + options + "/files/" + model_file;
  }
  std::string certificate() const { return folder_.file("certificate.pem"); }
  std::string index(const std::string& options) const { return url(options, "simple"); }

  // Requests whose path begins with "/<options>/", in the order they ended. Waits until all that
  // began have ended: the server notes it after the client has its answer.
  std::vector<Served> served(const std::string& options) const {
    for (int i = 0; i < 500; ++i) {
      std::vector<Served> begun, ended;
      read_log("/" + options + "/", begun, ended);
      if (begun.size() == ended.size()) return ended;
      ::usleep(20'000);
    }
    SOTTO_CHECK(!"a request did not end within ten seconds");
  }

  std::string model_url(const std::string& options) const { return url(options, "files/" + model_file); }
  std::string model_path() const { return folder_.file("files/" + model_file); }
  std::string wheel(const std::string& package) const {
    std::string file = package;
    for (char& c : file) c = c == '-' ? '_' : c;
    return folder_.file("packages/" + package + "/" + file + "-1.0-py3-none-any.whl");
  }

  // Facts of the model it serves, from Python.
  std::string model_file, model_sha256;
  std::uint64_t model_bytes = 0;

 private:
  void read_log(const std::string& prefix, std::vector<Served>& begun, std::vector<Served>& ended) const {
    std::istringstream log(read_text(folder_.file("requests.log")));
    std::string event;
    Served one;
    while (log >> event >> one.path >> one.first_byte >> one.bytes) {
      if (one.path.starts_with(prefix)) (event == "begin" ? begun : ended).push_back(one);
    }
  }

  Server() {
    std::string script = std::filesystem::path(SOTTO_SOURCE_DIR) / "tests/catalog/server.py";
    const char* chosen = std::getenv("SOTTO_PYTHON");
    std::string python = chosen && *chosen ? chosen : "python3";
    int input[2], output[2];
    SOTTO_CHECK(::pipe2(input, O_CLOEXEC) == 0 && ::pipe2(output, O_CLOEXEC) == 0);
    write_certificate(certificate(), folder_.file("key.pem"));
    process_ = ::fork();
    if (process_ == 0) {
      ::dup2(input[0], STDIN_FILENO);
      ::dup2(output[1], STDOUT_FILENO);
      const char* folder = folder_.path().c_str();
      ::execlp(python.c_str(), python.c_str(), "-B", script.c_str(), folder, nullptr);
      ::_exit(127);
    }
    ::close(input[0]);
    ::close(output[1]);
    input_ = input[1];
    char text[32] = {};
    SOTTO_CHECK(::read(output[0], text, sizeof text - 1) > 0);
    ::close(output[0]);
    std::istringstream(text) >> port_ >> secure_port_;
    auto facts = nlohmann::json::parse(read_text(folder_.file("fixture.json")));
    model_file = facts["file"];
    model_sha256 = facts["sha256"];
    model_bytes = facts["bytes"];
  }
  ~Server() {
    ::close(input_);  // its sign to end
    ::waitpid(process_, nullptr, 0);
  }

  TemporaryFolder folder_;
  pid_t process_ = -1;
  int input_ = -1, port_ = 0, secure_port_ = 0;
};

// The catalog's entry of the model that the server has.
inline Entry tiny_entry(const std::vector<Source>& sources = {}) {
  return {.name = "tiny:1m",
          .architecture = "llama",
          .license = "MIT",
          .file_name = "tiny.gguf",
          .sha256 = Server::get().model_sha256,
          .bytes = Server::get().model_bytes,
          .bytes_exact = true,
          .sources = sources};
}

}  // namespace sotto::catalog::test
