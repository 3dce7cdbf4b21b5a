// Several answers of one model at the same time, each in a session and a thread of its own.
//
//   sotto_streams MODEL STREAMS TOKENS [THREADS]
//
// Prints one line of JSON: tokens a second of all streams together, from the first token of the last one to begin to
// the first one's end, and the tokens that each wrote.
#include <atomic>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <thread>
#include <vector>

#include "sotto/engine.h"

namespace {

using Clock = std::chrono::steady_clock;

double measure(sotto::Engine& engine, int n_streams, int n_tokens) {
  std::atomic<int> n_begun = 0, n_written = 0;
  std::atomic<bool> ended = false;
  std::vector<std::thread> threads;
  for (int i = 0; i < n_streams; ++i) {
    threads.emplace_back([&, i] {
      sotto::Request request;
      request.prompt = "Story " + std::to_string(i) + ": once upon a time there was";
      request.sampling.temperature = 0;
      request.ignore_eos = true;
      request.max_tokens = 4 * n_tokens;
      request.cancel = &ended;
      request.speculate = false;
      bool first = true;
      const auto session = engine.new_session();
      (void)(*session)->run(request, [&](const sotto::Event& event) {
        if (event.kind != sotto::Event::Kind::kText) return;
        if (first) ++n_begun;
        first = false;
        if (n_begun == n_streams) ++n_written;
      });
    });
  }
  while (n_begun < n_streams) std::this_thread::sleep_for(std::chrono::microseconds(200));
  const auto begun = Clock::now();
  const int before = n_written;
  while (n_written - before < n_streams * n_tokens) std::this_thread::sleep_for(std::chrono::milliseconds(1));
  const double seconds = std::chrono::duration<double>(Clock::now() - begun).count();
  const int written = n_written - before;
  ended = true;
  for (std::thread& thread : threads) thread.join();
  return written / seconds;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 4) return std::fputs("sotto_streams MODEL STREAMS TOKENS [THREADS]\n", stderr), 2;
  sotto::EngineOptions options{.model_path = argv[1], .ctx_tokens = 2048};
  if (argc > 4) options.threads = std::atoi(argv[4]);
  const auto engine = sotto::Engine::open(options);
  if (!engine) return std::fprintf(stderr, "%s\n", engine.error().message.c_str()), 1;
  const int n_streams = std::atoi(argv[2]);
  std::printf("{\"streams\": %d, \"tokens_per_second\": %.1f}\n", n_streams,
              measure(**engine, n_streams, std::atoi(argv[3])));
}
