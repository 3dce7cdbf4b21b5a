// Times the forward pass by llama-bench's definitions, in turns with peers.
//
//   sotto_speed MODEL [THREADS [PACKED_FOLDER]]
//
// The first line it prints describes the model, with the multiply-adds and the file's bytes that a token takes. Answers
// each line of standard input with one of JSON: numbers of tokens, "PROMPT GENERATED DEPTH" (model/timing.h), or
// "batch TOKENS CALLS", for the time of one call that reads so many tokens with logits for each.
#include <chrono>
#include <iostream>
#include <sstream>

#include "model/cost.h"
#include "model/timing.h"

namespace {

using Clock = std::chrono::steady_clock;
using sotto::model::Model;

constexpr const char* kLines = "a line is: PROMPT GENERATED DEPTH, or: batch TOKENS CALLS";

int fail(const std::string& message) {
  std::cerr << "sotto_speed: " << message << "\n";
  return 1;
}

void describe(const sotto::gguf::File& file, const Model& model, double load_ms) {
  const sotto::model::WeightCost cost = sotto::model::weight_cost(file);
  std::cout << "{\"load_ms\": " << load_ms << ", \"threads\": " << model.threads()
            << ", \"kv_bytes\": " << model.cache_bytes(1) << ", \"block_macs\": " << cost.block_macs
            << ", \"head_macs\": " << cost.head_macs << ", \"block_bytes\": " << cost.block_bytes
            << ", \"head_bytes\": " << cost.head_bytes << "}" << std::endl;
}

bool answer_batch(std::istream& line, Model& model) {
  int n_tokens = 0, n_calls = 0;
  if (!(line >> n_tokens >> n_calls) || n_tokens < 1 || n_calls < 1) return false;
  std::cout << "{\"batch_ms\": " << sotto::model::time_batch(model, n_tokens, n_calls) << "}" << std::endl;
  return true;
}

bool answer_workload(std::istream& line, Model& model) {
  sotto::model::Workload work;
  if (!(line >> work.n_prompt >> work.n_gen >> work.n_depth)) return false;
  if (work.n_prompt < 0 || work.n_gen < 0 || work.n_depth < 0) return false;
  const sotto::model::Elapsed elapsed = sotto::model::time_forward(model, work);
  std::cout << "{\"prompt_ms\": " << elapsed.prompt_ms << ", \"gen_ms\": " << elapsed.gen_ms
            << ", \"cpu_ms\": " << elapsed.cpu_ms
            << ", \"joules\": " << (elapsed.joules ? std::to_string(*elapsed.joules) : "null")
            << ", \"prompt_attention_macs\": "
            << sotto::model::attention_macs(model.spec(), work.n_prompt, work.n_depth) << "}" << std::endl;
  return true;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 2) return fail("usage: sotto_speed MODEL [THREADS [PACKED_FOLDER]]");
  const auto start = Clock::now();
  auto file = sotto::gguf::File::open(argv[1]);
  if (!file) return fail(file.error().message);
  auto model =
      Model::load(*file, {.threads = argc > 2 ? std::atoi(argv[2]) : 0, .keep = {.folder = argc > 3 ? argv[3] : ""}});
  if (!model) return fail(model.error().message);
  describe(*file, **model, std::chrono::duration<double, std::milli>(Clock::now() - start).count());

  for (std::string text; std::getline(std::cin, text);) {
    const bool batch = text.starts_with("batch ");
    std::istringstream line(batch ? text.substr(6) : text);
    if (!(batch ? answer_batch(line, **model) : answer_workload(line, **model))) return fail(kLines);
  }
  return 0;
}
