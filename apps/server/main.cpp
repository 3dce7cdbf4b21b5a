// sotto-server: opens the models folder to programs that speak HTTP, until it is told to end.
#include <fmt/chrono.h>
#include <fmt/format.h>
#include <malloc.h>
#include <signal.h>
#include <unistd.h>

#include <cstdio>
#include <exception>
#include <mutex>
#include <thread>

#include "api/routes.h"
#include "catalog/files.h"
#include "catalog/machine.h"
#include "server/settings.h"
#include "server/systemd.h"
#include "server/token_command.h"

namespace sotto::server {
namespace {

constexpr auto kDrainTime = std::chrono::seconds(30);

int fail(const Error& error) {
  fmt::print(stderr, "sotto-server: {}\n", error.message);
  return error.code == ErrorCode::kBadRequest ? 2 : 1;
}

// One line on standard error, whole whatever other threads write.
void log_line(std::string_view line) {
  static std::mutex mutex;
  const std::lock_guard lock(mutex);
  fmt::print(stderr, "{:%Y-%m-%d %H:%M:%S} {}\n", fmt::localtime(std::time(nullptr)), line);
}

// A heap for each of the many threads that answer, and large blocks within heaps, would hold twice the memory that is
// in use, and more with time. What is large goes back to the system when it is freed.
void keep_memory_small() {
#ifdef __GLIBC__
  constexpr int kHeaps = 2, kLargeBytes = 128 << 10;
  ::mallopt(M_ARENA_MAX, kHeaps);
  ::mallopt(M_MMAP_THRESHOLD, kLargeBytes);
#endif
}

sigset_t ending_signals() {
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGTERM);
  sigaddset(&signals, SIGINT);
  return signals;
}

// Waits for SIGTERM or Ctrl-C; a second one ends the process at once.
void wait_for_end(const sigset_t& signals) {
  int signal = 0;
  sigwait(&signals, &signal);
  std::thread([signals] {
    int second = 0;
    sigwait(&signals, &second);
    ::_exit(128 + second);
  }).detach();
}

std::string url_of(const Settings& settings, std::uint16_t port) {
  const std::string& host = settings.address.host;
  const bool ipv6 = host.find(':') != std::string::npos;
  return fmt::format("{}://{}{}{}:{}", settings.certificate.empty() ? "http" : "https", ipv6 ? "[" : "", host,
                     ipv6 ? "]" : "", port);
}

std::string tokens_path(const catalog::Paths& paths) { return catalog::parent_folder(paths.config_file) + "/tokens"; }

int serve(Settings& settings, const catalog::Paths& paths) {
  if (settings.memory_mib == 0) settings.memory_mib = catalog::measure_machine().memory_bytes / 5 * 4 >> 20;
  api::ServiceOptions options = service_options(settings, paths);
  options.note = log_line;
  api::Service service(std::move(options));
  http::Router router;
  api::add_routes(router, service);
  http::ServerOptions http_options = server_options(settings);
  auto tokens = http::read_tokens(tokens_path(paths));
  if (!tokens) return fail(tokens.error());
  http_options.tokens = std::move(*tokens);
  http_options.log = [verbose = settings.verbose](http::LogKind kind, std::string_view line) {
    if (verbose || kind != http::LogKind::kRequest) log_line(line);
  };
  auto server = http::Server::start(std::move(http_options), std::move(router));
  if (!server) return fail(server.error());
  fmt::print("listening on {}\n", url_of(settings, (*server)->port()));
  std::fflush(stdout);
  wait_for_end(ending_signals());
  log_line("ending: running answers get 30 seconds");
  (*server)->drain(std::chrono::steady_clock::now() + kDrainTime);
  service.models().stop_opening();
  return 0;
}

}  // namespace
}  // namespace sotto::server

int main(int argc, char** argv) {
  using namespace sotto::server;
  keep_memory_small();
  // Before there are threads, so that all of them leave these signals to wait_for_end().
  const sigset_t signals = ending_signals();
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  ::signal(SIGPIPE, SIG_IGN);
  try {
    const auto paths = sotto::catalog::find_paths();
    if (!paths) return fail(paths.error());
    if (argc > 1 && argv[1] == std::string_view("token"))
      return run_token_command(argc - 1, argv + 1, tokens_path(*paths));
    Settings settings;
    if (const ParsedLine line = parse_line(argc, argv, settings); line.done) return line.exit;
    if (settings.systemd) return run_systemd(argc, argv, *paths);
    return serve(settings, *paths);
  } catch (const std::exception& problem) {
    fmt::print(stderr, "sotto-server: {}\n", problem.what());
    return 1;
  }
}
