#include "cli/bench_report.h"

#include <gtest/gtest.h>

namespace sotto::cli {
namespace {

BenchResult result(model::Workload workload, std::vector<model::Elapsed> samples) {
  BenchResult made;
  made.info = {.architecture = "llama", .quantization = "Q4_0", .n_params = 1'200'000'000, .file_bytes = 700'000'000};
  made.kernels = "scalar";
  made.threads = 2;
  made.workload = workload;
  made.samples = std::move(samples);
  return made;
}

TEST(BenchReport, Spread) {
  EXPECT_EQ(spread_of({}).mean, 0);
  EXPECT_EQ(spread_of({3}).deviation, 0);
  const Spread spread = spread_of({2, 4, 4, 4, 5, 5, 7, 9});
  EXPECT_EQ(spread.mean, 5);
  EXPECT_NEAR(spread.deviation, 2.13809, 1e-5);  // the root of 32 / 7
}

TEST(BenchReport, TestNamesAreLlamaBenchs) {
  EXPECT_EQ(test_name({.n_prompt = 512}), "pp512");
  EXPECT_EQ(test_name({.n_gen = 128}), "tg128");
  EXPECT_EQ(test_name({.n_prompt = 512, .n_gen = 128}), "pp512+tg128");
  EXPECT_EQ(test_name({.n_gen = 16, .n_depth = 4096}), "tg16 @ d4096");
}

TEST(BenchReport, RatesCountWhatWasTimed) {
  const auto rates = rates_of(result({.n_prompt = 30, .n_gen = 10, .n_depth = 1000}, {{.prompt_ms = 15, .gen_ms = 5}}));
  EXPECT_EQ(rates, std::vector<double>{2000});
}

TEST(BenchReport, JsonHoldsEachSample) {
  const Json json =
      to_json(result({.n_prompt = 100}, {{.prompt_ms = 50, .cpu_ms = 80}, {.prompt_ms = 100, .cpu_ms = 120}}));
  EXPECT_EQ(json["avg_ns"], 75'000'000);
  EXPECT_EQ(json["avg_ts"], 1500.0);
  EXPECT_EQ(json["samples_ts"], (std::vector<double>{2000, 1000}));
  EXPECT_EQ(json["cpu_ms_per_token"], 1.0);
  EXPECT_TRUE(json["joules_per_token"].is_null());
  EXPECT_EQ(json["test_time"], "1970-01-01T00:00:00Z");
}

TEST(BenchReport, JoulesATokenWhereEverySampleHasThem) {
  BenchResult measured = result({.n_prompt = 10}, {{.prompt_ms = 1, .joules = 2}, {.prompt_ms = 1, .joules = 4}});
  EXPECT_EQ(to_json(measured)["joules_per_token"], 0.3);
  measured.samples[1].joules.reset();
  EXPECT_TRUE(to_json(measured)["joules_per_token"].is_null());
}

TEST(BenchReport, TellsHowMuchOfTheHeadWasComputed) {
  BenchResult made = result({.n_gen = 10}, {{.gen_ms = 1, .exact_logits = {50, 10, 30, 20, 40}},
                                            {.gen_ms = 1, .exact_logits = {60, 80, 70, 110, 90, 1000}}});
  made.n_vocab = 1000;
  Json json = to_json(made);
  EXPECT_EQ(json["head_survivors_p50"], 60);
  EXPECT_EQ(json["head_survivors_p90"], 110);
  EXPECT_EQ(json["head_rows"], 1000);
  made.samples = {{.gen_ms = 1, .exact_logits = {1000, 1000}}};
  EXPECT_TRUE(to_json(made)["head_survivors_p50"].is_null());
  EXPECT_TRUE(to_json(result({.n_prompt = 100}, {{.prompt_ms = 1}}))["head_rows"].is_null());
}

TEST(BenchReport, Table) {
  EXPECT_EQ(markdown_table({result({.n_gen = 10}, {{.gen_ms = 100}})}),
            "| model           | size   | params | kernels | threads | test | t/s           |\n"
            "| --------------- | ------ | ------ | ------- | ------- | ---- | ------------- |\n"
            "| llama 1.2B Q4_0 | 700 MB | 1.2B   | scalar  | 2       | tg10 | 100.00 ± 0.00 |\n");
}

}  // namespace
}  // namespace sotto::cli
