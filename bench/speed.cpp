// Times the forward pass by llama-bench's definitions, in turns with peers.
//
//   sotto_speed MODEL [THREADS [PACKED_FOLDER]]
//
// Reads lines "PROMPT GENERATED DEPTH" from standard input: numbers of tokens (model/timing.h). Answers each with one
// line of JSON. The first line it prints describes the model.
#include <chrono>
#include <iostream>

#include "model/timing.h"

namespace {

using Clock = std::chrono::steady_clock;

int fail(const std::string& message) {
  std::cerr << "sotto_speed: " << message << "\n";
  return 1;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 2) return fail("usage: sotto_speed MODEL [THREADS [PACKED_FOLDER]]");
  const auto start = Clock::now();
  auto file = sotto::gguf::File::open(argv[1]);
  if (!file) return fail(file.error().message);
  auto model = sotto::model::Model::load(
      *file, {.threads = argc > 2 ? std::atoi(argv[2]) : 0, .keep = {.folder = argc > 3 ? argv[3] : ""}});
  if (!model) return fail(model.error().message);
  const std::chrono::duration<double, std::milli> load = Clock::now() - start;
  std::cout << "{\"load_ms\": " << load.count() << ", \"threads\": " << (*model)->threads()
            << ", \"kv_bytes\": " << (*model)->cache_bytes(1) << "}" << std::endl;

  sotto::model::Workload work;
  while (std::cin >> work.n_prompt >> work.n_gen >> work.n_depth) {
    if (work.n_prompt < 0 || work.n_gen < 0 || work.n_depth < 0) return fail("a line is: PROMPT GENERATED DEPTH");
    const sotto::model::Elapsed elapsed = sotto::model::time_forward(**model, work);
    std::cout << "{\"prompt_ms\": " << elapsed.prompt_ms << ", \"gen_ms\": " << elapsed.gen_ms
              << ", \"cpu_ms\": " << elapsed.cpu_ms << "}" << std::endl;
  }
  return std::cin.eof() ? 0 : fail("a line is: PROMPT GENERATED DEPTH");
}
