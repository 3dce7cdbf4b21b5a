// Times what resuming a session from disk saves: reading its text, keeping its state, taking that up again.
//
//   sotto_resume MODEL FILE TOKENS ROUNDS [THREADS]
//
// FILE is written and removed. Each round reads about TOKENS tokens into an empty session, saves it, and restores it
// into another; one line of JSON a round. The file is in the system's memory by then: what is measured is the program
// and not the disk, apart from the save, which waits for it.
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <functional>
#include <iostream>
#include <string>

#include "sotto/engine.h"

namespace {

int fail(const std::string& message) {
  std::cerr << "sotto_resume: " << message << "\n";
  return 1;
}

double ms_of(const std::function<void()>& work) {
  const auto start = std::chrono::steady_clock::now();
  work();
  return std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - start).count();
}

// English of just `n_tokens` tokens, as far as whole words reach.
std::string text_of(const sotto::Engine& engine, int n_tokens) {
  const std::string sentence = "The river was low in the morning, and the ferry waited on the other side. ";
  std::string text;
  for (int known = 0; known < n_tokens; text += sentence) {
    const auto tokens = engine.tokenize(text + sentence, true);
    known = tokens ? static_cast<int>(tokens->size()) : n_tokens;
    if (known > n_tokens) break;
  }
  return text;
}

int round_once(sotto::Engine& engine, const std::string& text, const std::string& path) {
  auto session = engine.new_session(), other = engine.new_session();
  if (!session) return fail(session.error().message);
  if (!other) return fail(other.error().message);
  const auto usage = (*session)->run({.prompt = text, .max_tokens = 0}, nullptr);
  if (!usage) return fail(usage.error().message);
  sotto::Result<void> saved;
  sotto::Result<std::string> restored{std::string()};
  const double save_ms = ms_of([&] { saved = (*session)->save(path, ""); });
  if (!saved) return fail(saved.error().message);
  const double restore_ms = ms_of([&] { restored = (*other)->restore(path); });
  if (!restored) return fail(restored.error().message);
  std::cout << "{\"tokens\": " << usage->prompt_tokens << ", \"prefill_ms\": " << usage->prefill_ms
            << ", \"save_ms\": " << save_ms << ", \"restore_ms\": " << restore_ms
            << ", \"file_bytes\": " << std::filesystem::file_size(path) << "}" << std::endl;
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 5) return fail("usage: sotto_resume MODEL FILE TOKENS ROUNDS [THREADS]");
  const std::string path = argv[2];
  if (std::filesystem::exists(path)) return fail(path + " exists; name a file that does not");
  const int n_tokens = std::atoi(argv[3]);
  auto engine = sotto::Engine::open(
      {.model_path = argv[1], .ctx_tokens = n_tokens + 1, .threads = argc > 5 ? std::atoi(argv[5]) : 0});
  if (!engine) return fail(engine.error().message);
  const std::string text = text_of(**engine, n_tokens);
  int failed = 0;
  for (int round = 0; round < std::atoi(argv[4]) && failed == 0; ++round) failed = round_once(**engine, text, path);
  std::remove(path.c_str());
  return failed;
}
