#include "cli/bench_report.h"

#include <fmt/chrono.h>
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <numeric>

#include "cli/format.h"

namespace sotto::cli {

namespace {

int timed_tokens(const model::Workload& workload) { return workload.n_prompt + workload.n_gen; }

double total_ms(const model::Elapsed& elapsed) { return elapsed.prompt_ms + elapsed.gen_ms; }

std::string model_type(const ModelInfo& info) {
  return fmt::format("{} {} {}", info.architecture, format_count(info.n_params), info.quantization);
}

// Processor time of all threads, a token.
double cpu_ms_per_token(const BenchResult& result) {
  double ms = 0;
  for (const model::Elapsed& sample : result.samples) ms += sample.cpu_ms;
  return ms / static_cast<double>(result.samples.size()) / timed_tokens(result.workload);
}

// Null where the machine does not tell.
Json joules_per_token(const BenchResult& result) {
  double joules = 0;
  for (const model::Elapsed& sample : result.samples) {
    if (!sample.joules) return nullptr;
    joules += *sample.joules;
  }
  return joules / static_cast<double>(result.samples.size()) / timed_tokens(result.workload);
}

Json head_fields(const BenchResult& result) {
  std::vector<std::int64_t> exact;
  for (const model::Elapsed& sample : result.samples) {
    exact.insert(exact.end(), sample.exact_logits.begin(), sample.exact_logits.end());
  }
  std::sort(exact.begin(), exact.end());
  if (exact.empty() || exact.front() == result.n_vocab) {
    return {{"head_survivors_p50", nullptr}, {"head_survivors_p90", nullptr}, {"head_rows", nullptr}};
  }
  const std::size_t last = exact.size() - 1;
  return {{"head_survivors_p50", exact[last / 2]},
          {"head_survivors_p90", exact[last * 9 / 10]},
          {"head_rows", result.n_vocab}};
}

// Characters, each as wide as another here.
std::size_t width_of(const std::string& cell) {
  return static_cast<std::size_t>(std::count_if(cell.begin(), cell.end(), [](char c) { return (c & 0xC0) != 0x80; }));
}

std::string markdown_row(const std::vector<std::string>& cells, const std::vector<std::size_t>& widths) {
  std::string line = "|";
  for (std::size_t i = 0; i < cells.size(); ++i) line += fmt::format(" {:<{}} |", cells[i], widths[i]);
  return line + "\n";
}

}  // namespace

Spread spread_of(const std::vector<double>& values) {
  const auto n = static_cast<double>(values.size());
  if (values.empty()) return {};
  Spread spread{std::accumulate(values.begin(), values.end(), 0.0) / n, 0};
  if (values.size() < 2) return spread;
  double squares = 0;
  for (const double value : values) squares += (value - spread.mean) * (value - spread.mean);
  spread.deviation = std::sqrt(squares / (n - 1));
  return spread;
}

std::string test_name(const model::Workload& workload) {
  std::string name;
  if (workload.n_prompt > 0) name = fmt::format("pp{}", workload.n_prompt);
  if (workload.n_gen > 0) name += fmt::format("{}tg{}", name.empty() ? "" : "+", workload.n_gen);
  if (workload.n_depth > 0) name += fmt::format(" @ d{}", workload.n_depth);
  return name;
}

std::vector<double> rates_of(const BenchResult& result) {
  std::vector<double> rates;
  for (const model::Elapsed& sample : result.samples) {
    rates.push_back(1e3 * timed_tokens(result.workload) / total_ms(sample));
  }
  return rates;
}

Json to_json(const BenchResult& result) {
  std::vector<double> ns;
  for (const model::Elapsed& sample : result.samples) ns.push_back(1e6 * total_ms(sample));
  const std::vector<double> rates = rates_of(result);
  const Spread times = spread_of(ns), speeds = spread_of(rates);
  Json json = {
      {"sotto_version", SOTTO_VERSION},
      {"cpu_info", result.processor},
      {"kernels", result.kernels},
      {"model_filename", result.model_path},
      {"model_type", model_type(result.info)},
      {"model_size", result.info.file_bytes},
      {"model_n_params", result.info.n_params},
      {"n_batch", result.workload.n_batch},
      {"n_threads", result.threads},
      {"n_prompt", result.workload.n_prompt},
      {"n_gen", result.workload.n_gen},
      {"n_depth", result.workload.n_depth},
      {"test_time", fmt::format("{:%Y-%m-%dT%H:%M:%SZ}", fmt::gmtime(static_cast<std::time_t>(result.unix_s)))},
      {"avg_ns", std::llround(times.mean)},
      {"stddev_ns", std::llround(times.deviation)},
      {"avg_ts", speeds.mean},
      {"stddev_ts", speeds.deviation},
      {"cpu_ms_per_token", cpu_ms_per_token(result)},
      {"joules_per_token", joules_per_token(result)},
      {"samples_ns", ns},
      {"samples_ts", rates}};
  json.update(head_fields(result));
  return json;
}

std::string markdown_table(const std::vector<BenchResult>& results) {
  std::vector<std::vector<std::string>> rows = {{"model", "size", "params", "kernels", "threads", "test", "t/s"}};
  for (const BenchResult& result : results) {
    const Spread speed = spread_of(rates_of(result));
    rows.push_back({model_type(result.info), format_bytes(result.info.file_bytes), format_count(result.info.n_params),
                    result.kernels, fmt::format("{}", result.threads), test_name(result.workload),
                    fmt::format("{:.2f} ± {:.2f}", speed.mean, speed.deviation)});
  }
  std::vector<std::size_t> widths(rows.front().size(), 0);
  for (const auto& row : rows) {
    for (std::size_t i = 0; i < row.size(); ++i) widths[i] = std::max(widths[i], width_of(row[i]));
  }
  std::string text = markdown_row(rows.front(), widths) + "|";
  for (const std::size_t width : widths) text += fmt::format(" {:-<{}} |", "", width);
  text += "\n";
  for (std::size_t i = 1; i < rows.size(); ++i) text += markdown_row(rows[i], widths);
  return text;
}

}  // namespace sotto::cli
