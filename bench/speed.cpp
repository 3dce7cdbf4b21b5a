// Times the forward pass by llama-bench's definitions: "prefill N" is one call with N random tokens on an empty cache,
// logits for the last; "decode N" is N calls of one token each from an empty cache, logits each time.
//
//   sotto_speed MODEL [THREADS]
//
// Reads such lines from standard input and answers each with one line of JSON, so that a script can take turns with
// peers. The first line it prints describes the model.
#include <chrono>
#include <iostream>
#include <random>

#include "model/kv_cache.h"
#include "model/model.h"

namespace {

using Clock = std::chrono::steady_clock;

double ms_since(Clock::time_point start) {
  return std::chrono::duration<double, std::milli>(Clock::now() - start).count();
}

class Timer {
 public:
  explicit Timer(sotto::model::Model& model) : model_(model), logits_(static_cast<size_t>(model.spec().n_vocab)) {}

  double prefill_ms(int n_tokens) {
    const auto cache = model_.new_cache(n_tokens);
    const std::vector<std::int32_t> tokens = random_tokens(n_tokens);
    const auto start = Clock::now();
    model_.forward(*cache, tokens, sotto::model::LogitsFor::kLast, logits_);
    return ms_since(start);
  }

  double decode_ms(int n_tokens) {
    const auto cache = model_.new_cache(n_tokens);
    const std::vector<std::int32_t> tokens = random_tokens(n_tokens);
    const auto start = Clock::now();
    for (const std::int32_t& token : tokens) {
      model_.forward(*cache, {&token, 1}, sotto::model::LogitsFor::kLast, logits_);
    }
    return ms_since(start);
  }

 private:
  std::vector<std::int32_t> random_tokens(int n) {
    std::vector<std::int32_t> tokens(static_cast<size_t>(n));
    std::uniform_int_distribution<std::int32_t> any(0, model_.spec().n_vocab - 1);
    for (std::int32_t& token : tokens) token = any(random_);
    return tokens;
  }

  sotto::model::Model& model_;
  std::vector<float> logits_;
  std::mt19937 random_{1};
};

int fail(const std::string& message) {
  std::cerr << "sotto_speed: " << message << "\n";
  return 1;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 2) return fail("usage: sotto_speed MODEL [THREADS]");
  const auto start = Clock::now();
  auto file = sotto::gguf::File::open(argv[1]);
  if (!file) return fail(file.error().message);
  auto model = sotto::model::Model::load(*file, {.threads = argc > 2 ? std::atoi(argv[2]) : 0});
  if (!model) return fail(model.error().message);
  std::cout << "{\"load_ms\": " << ms_since(start) << ", \"threads\": " << (*model)->threads() << "}" << std::endl;

  Timer timer(**model);
  std::string work;
  int n_tokens = 0;
  while (std::cin >> work >> n_tokens) {
    if (n_tokens < 1 || (work != "prefill" && work != "decode")) return fail("a line is: prefill|decode TOKENS");
    const double ms = work == "prefill" ? timer.prefill_ms(n_tokens) : timer.decode_ms(n_tokens);
    std::cout << "{\"work\": \"" << work << "\", \"tokens\": " << n_tokens << ", \"ms\": " << ms << "}" << std::endl;
  }
  return 0;
}
