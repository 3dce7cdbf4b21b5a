// A small server for abuse_test.py: http_echo_server [--NAME VALUE]…; prints its port, serves until SIGTERM, then
// drains.
#include <signal.h>

#include <atomic>
#include <cstdio>
#include <map>
#include <string>
#include <thread>
#include <vector>

#include "http/server.h"

namespace {

using namespace sotto::http;

std::atomic<int> gone_count = 0;  // handlers that saw their client go
std::atomic<int> running_count = 0;

void echo(Request& request, Reply& reply) { reply.send(200, "application/json", request.body); }

void upload(Request& request, Reply& reply) {
  std::vector<char> buffer(64 << 10);
  std::size_t total = 0;
  for (;;) {
    const auto count = request.upload->read(buffer);
    if (!count) {
      ++gone_count;
      return reply.send(400, "text/plain", count.error().message);
    }
    if (*count == 0) return reply.send(200, "text/plain", std::to_string(total));
    total += *count;
  }
}

// Parts until the client goes or ?n= of them are written, one a millisecond.
void stream(Request& request, Reply& reply) {
  const long parts = request.query.contains("n") ? std::stol(request.query["n"]) : 1'000'000;
  const std::string part(request.query.contains("bytes") ? std::stoul(request.query["bytes"]) : 10, 'x');
  ++running_count;
  reply.begin(200, "text/plain");
  bool there = true;
  for (long i = 0; i < parts && there; ++i) {
    there = reply.write(part);
    std::this_thread::sleep_for(milliseconds(1));
  }
  if (there) reply.finish();
  if (!there) ++gone_count;
  --running_count;
}

void wait(Request& request, Reply& reply) {
  ++running_count;
  for (int i = 0; i < 10'000 && !*request.gone; ++i) std::this_thread::sleep_for(milliseconds(1));
  if (*request.gone) ++gone_count;
  --running_count;
  reply.send(200, "text/plain", "waited");
}

Router routes() {
  Router router;
  const RouteOptions quick{.quick = true};
  router.add(
      "GET", "/health", Scope::kOpen, [](Request&, Reply& reply) { reply.send(200, "text/plain", "ok"); }, quick);
  router.add(
      "GET", "/counts", Scope::kOpen,
      [](Request&, Reply& reply) {
        reply.send(200, "text/plain", std::to_string(gone_count) + " " + std::to_string(running_count));
      },
      quick);
  router.add("POST", "/echo", Scope::kChat, echo, {.max_body_bytes = 1 << 20});
  router.add("POST", "/upload", Scope::kAdmin, upload, {.max_body_bytes = 1 << 30, .stream_body = true});
  router.add("GET", "/stream", Scope::kChat, stream);
  router.add("GET", "/wait", Scope::kChat, wait);
  return router;
}

}  // namespace

int main(int count, char** words) {
  std::map<std::string, std::string> given;
  for (int i = 1; i + 1 < count; i += 2) given[words[i]] = words[i + 1];
  ServerOptions options;
  options.port = 0;
  options.certificate_file = given["--certificate"];
  options.key_file = given["--key"];
  if (given.contains("--timeout-ms")) {
    const milliseconds timeout(std::stol(given["--timeout-ms"]));
    options.limits.head_timeout = options.limits.body_timeout = options.limits.write_timeout = timeout;
    options.limits.idle_timeout = timeout;
  }
  if (given.contains("--log")) {
    options.log = [](LogKind, std::string_view line) { std::fprintf(stderr, "%.*s\n", int(line.size()), line.data()); };
  }
  sigset_t ends;
  sigemptyset(&ends);
  sigaddset(&ends, SIGTERM);
  pthread_sigmask(SIG_BLOCK, &ends, nullptr);
  auto server = Server::start(std::move(options), routes());
  if (!server) {
    std::fprintf(stderr, "%s\n", server.error().message.c_str());
    return 1;
  }
  std::printf("%d\n", (*server)->port());
  std::fflush(stdout);
  int signal = 0;
  sigwait(&ends, &signal);
  const bool all = (*server)->drain(std::chrono::steady_clock::now() + std::chrono::seconds(3));
  std::printf("drained %s\n", all ? "all" : "in part");
  return 0;
}
