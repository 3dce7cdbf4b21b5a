// What `sotto bench` prints: llama-bench's names of tests and fields. Pure functions.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "cli/json_out.h"
#include "model/timing.h"
#include "sotto/engine.h"

namespace sotto::cli {

struct BenchResult {
  std::string model_path;
  ModelInfo info;
  std::string processor;
  std::string kernels;  // the instruction set in use
  int threads = 0;
  int n_vocab = 0;  // rows of the vocabulary head
  model::Workload workload;
  std::int64_t unix_s = 0;              // when it began
  std::vector<model::Elapsed> samples;  // one for each repetition
};

// Mean and standard deviation of a sample (n - 1), as llama-bench prints them.
struct Spread {
  double mean = 0;
  double deviation = 0;  // 0 for fewer than two values
};
Spread spread_of(const std::vector<double>& values);

// "pp512", "tg128", "pp512+tg128", with " @ d4096" at a depth.
std::string test_name(const model::Workload& workload);

// Tokens a second of each repetition; the depth does not count.
std::vector<double> rates_of(const BenchResult& result);

// head_survivors_p50 and _p90: of how many rows of the head (head_rows) a generated token's logits were computed
// exactly; null when no token was generated, or all rows were computed for each.
Json to_json(const BenchResult& result);
std::string markdown_table(const std::vector<BenchResult>& results);

}  // namespace sotto::cli
