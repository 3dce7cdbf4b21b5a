#include "catalog/download/command.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>

#include <fmt/format.h>

#include "catalog/files.h"

extern char** environ;

namespace sotto::catalog {
namespace {

constexpr std::size_t kMaxOutputBytes = 1 << 20;
using Clock = std::chrono::steady_clock;

std::vector<char*> pointers(const std::vector<std::string>& texts) {
  std::vector<char*> list;
  for (const std::string& text : texts) list.push_back(const_cast<char*>(text.c_str()));
  list.push_back(nullptr);
  return list;
}

std::vector<std::string> environment_with(const std::vector<std::string>& variables) {
  std::vector<std::string> all = variables;
  for (char** item = environ; *item; ++item) {
    std::string text(*item);
    bool replaced = false;
    for (const std::string& variable : variables) {
      replaced = replaced || text.starts_with(variable.substr(0, variable.find('=') + 1));
    }
    if (!replaced) all.push_back(std::move(text));
  }
  return all;
}

// The child's process id, with its output on `write_end`; or an errno, negative.
pid_t start(const std::vector<std::string>& arguments, const std::vector<std::string>& variables, int write_end) {
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
  posix_spawn_file_actions_adddup2(&actions, write_end, STDOUT_FILENO);
  posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, "/dev/null", O_WRONLY, 0);
  std::vector<std::string> environment = environment_with(variables);
  pid_t child = -1;
  int code = ::posix_spawnp(&child, arguments[0].c_str(), &actions, nullptr, pointers(arguments).data(),
                            pointers(environment).data());
  posix_spawn_file_actions_destroy(&actions);
  return code == 0 ? child : -code;
}

// Reads to the end; false when the time or the room is up.
bool read_all(int descriptor, Clock::time_point end, std::string& output) {
  char buffer[4096];
  for (;;) {
    auto left = std::chrono::duration_cast<std::chrono::milliseconds>(end - Clock::now()).count();
    pollfd wait{.fd = descriptor, .events = POLLIN, .revents = 0};
    int ready = left > 0 ? ::poll(&wait, 1, static_cast<int>(left)) : 0;
    if (ready < 0 && errno == EINTR) continue;
    if (ready <= 0) return false;
    ssize_t count = ::read(descriptor, buffer, sizeof buffer);
    if (count == 0) return true;
    if (count < 0 && errno == EINTR) continue;
    if (count < 0 || output.size() + static_cast<std::size_t>(count) > kMaxOutputBytes) return false;
    output.append(buffer, static_cast<std::size_t>(count));
  }
}

}  // namespace

Result<std::string> read_command(const std::vector<std::string>& arguments, const std::vector<std::string>& variables,
                                 std::chrono::milliseconds limit) {
  int ends[2];
  if (::pipe2(ends, O_CLOEXEC) != 0) return Unexpected(system_error("cannot make a pipe", "pipe"));
  Descriptor read_end(ends[0]), write_end(ends[1]);
  pid_t child = start(arguments, variables, write_end.get());
  if (child < 0) {
    errno = -child;
    return Unexpected(system_error("cannot be started", arguments[0]));
  }
  write_end = Descriptor();
  std::string output;
  bool whole = read_all(read_end.get(), Clock::now() + limit, output);
  if (!whole) ::kill(child, SIGKILL);
  int status = 0;
  while (::waitpid(child, &status, 0) < 0 && errno == EINTR) {}
  if (!whole || !WIFEXITED(status) || WEXITSTATUS(status) != 0) {
    return Unexpected(ErrorCode::kIo, fmt::format("{}: {}", arguments[0], whole ? "failed" : "took too long"));
  }
  return output;
}

}  // namespace sotto::catalog
