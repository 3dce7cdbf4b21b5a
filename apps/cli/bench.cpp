// `sotto bench`: how fast a model runs here, with llama-bench's flags and figures.
#include <fmt/format.h>

#include <charconv>
#include <ctime>
#include <memory>

#include "catalog/machine.h"
#include "catalog/paths.h"
#include "catalog/store.h"
#include "cli/bench_report.h"
#include "cli/commands.h"
#include "cli/interrupt.h"
#include "cli/open_model.h"
#include "cli/output.h"
#include "cli/packed_weights.h"
#include "cli/terminal.h"
#include "engine/model_info.h"
#include "gguf/file.h"
#include "kernels/table.h"

namespace sotto::cli {

namespace {

constexpr int kMostTokens = 1 << 20;

struct BenchOptions {
  std::vector<std::string> models = {std::string(catalog::kDefaultModel)};
  std::vector<int> n_prompt = {512};
  std::vector<int> n_gen = {128};
  std::vector<std::string> prompt_and_gen;  // "512,128" each
  std::vector<int> n_depth = {0};
  std::vector<int> n_batch = {2048};
  std::vector<int> threads = {0};
  std::string kv = "int8";
  int repetitions = 5;
  bool no_warmup = false;
  bool packed_cache = true;
  std::string format = "md";
};

// Every test once for each depth and batch: prompts, answers, then both together.
std::vector<model::Workload> workloads(const BenchOptions& options) {
  std::vector<model::Workload> all;
  for (const int depth : options.n_depth) {
    for (const int batch : options.n_batch) {
      for (const int n : options.n_prompt) all.push_back({n, 0, depth, batch});
      for (const int n : options.n_gen) all.push_back({0, n, depth, batch});
      for (const std::string& pair : options.prompt_and_gen) {
        const std::size_t comma = pair.find(',');
        all.push_back({std::stoi(pair), std::stoi(pair.substr(comma + 1)), depth, batch});
      }
    }
  }
  std::erase_if(all, [](const model::Workload& workload) { return workload.n_prompt + workload.n_gen == 0; });
  return all;
}

// Prints each result as it comes where the format allows it.
class Printer {
 public:
  explicit Printer(std::string format) : format_(std::move(format)) {}

  void add(BenchResult result) {
    if (format_ == "jsonl") out_.trusted(to_json(result).dump() + "\n");
    results_.push_back(std::move(result));
  }

  Exit finish() {
    if (format_ == "md") out_.trusted(markdown_table(results_));
    if (format_ != "json") return written(out_);
    Json list = Json::array();
    for (const BenchResult& result : results_) list.push_back(to_json(result));
    return print_json(list);
  }

 private:
  std::string format_;
  std::vector<BenchResult> results_;
  Output out_{1};
};

// Ctrl-C stops it and leaves nothing behind; afterwards it ends the program.
Result<std::unique_ptr<model::Model>> load(const gguf::File& file, int threads, const std::string& packed_folder,
                                           const BenchOptions& options, StatusLine& status) {
  const InterruptGuard interrupt;
  const auto may_go_on = [&]() -> Result<void> {
    if (!interrupt.interrupted()) return {};
    return Unexpected(ErrorCode::kCancelled, fmt::format("opening {}: stopped", file.path()));
  };
  auto model = model::Model::load(
      file,
      {.threads = threads,
       .kv = options.kv == "f16" ? KvType::kF16 : KvType::kInt8,
       .keep = {.folder = packed_folder, .progress = packing_progress(status, file.path()), .may_go_on = may_go_on}});
  if (!model) return model;
  if (auto allowed = may_go_on(); !allowed) return forward_error(allowed);
  return model;
}

Result<void> bench_model(const std::string& path, int threads, const std::string& packed_folder,
                         const BenchOptions& options, Printer& printer) {
  StatusLine status;
  status.show(fmt::format("loading {}", one_line(path)));
  Result<gguf::File> file = gguf::File::open(path);
  if (!file) return forward_error(file);
  auto model = load(*file, threads, packed_folder, options, status);
  if (!model) return forward_error(model);
  for (const model::Workload& workload : workloads(options)) {
    BenchResult result{path,
                       engine::describe(*file),
                       catalog::processor_name(),
                       kernels::table().isa,
                       (*model)->threads(),
                       (*model)->spec().n_vocab,
                       workload,
                       std::time(nullptr),
                       {}};
    for (int i = options.no_warmup ? 0 : -1; i < options.repetitions; ++i) {
      status.show(fmt::format("{}: {} of {}", test_name(workload), i + 1, options.repetitions));
      const model::Elapsed sample = model::time_forward(**model, workload);
      if (i >= 0) result.samples.push_back(sample);
    }
    status.clear();
    printer.add(std::move(result));
  }
  return {};
}

Exit bench(const BenchOptions& options) {
  const Result<catalog::Paths> paths = catalog::find_paths();
  if (!paths) return fail(paths.error());
  if (workloads(options).empty()) return fail(Exit::kUsage, "there is nothing to measure: -p and -n are 0");
  warn_of_ignored_isa();
  Printer printer(options.format);
  for (const std::string& name : options.models) {
    const Result<std::string> path = catalog::Store(paths->models).locate(name);
    if (!path) return fail(path.error());
    for (const int threads : options.threads) {
      const Result<void> done =
          bench_model(*path, threads, packed_folder(*paths, options.packed_cache), options, printer);
      if (!done) return fail(done.error());
    }
  }
  return printer.finish();
}

std::string check_pair(const std::string& text) {
  int n_prompt = 0, n_gen = 0;
  char rest = 0;
  const bool pair = std::sscanf(text.c_str(), "%d,%d%c", &n_prompt, &n_gen, &rest) == 2;
  const auto fits = [](int n) { return n >= 0 && n <= kMostTokens; };
  return pair && fits(n_prompt) && fits(n_gen) ? "" : "expected PROMPT,GENERATED, for instance 512,128";
}

CLI::Validator whole_number(int least, int most) {
  const auto check = [least, most](const std::string& text) {
    int value = 0;
    const char* end = text.data() + text.size();
    const auto [stop, error] = std::from_chars(text.data(), end, value);
    const bool good = error == std::errc() && stop == end && value >= least && value <= most;
    return good ? "" : fmt::format("found {}, expected a whole number from {} to {}", text, least, most);
  };
  return {check, fmt::format("{} to {}", least, most)};
}

}  // namespace

void add_bench_command(CLI::App& app, Action& action) {
  CLI::App* command = app.add_subcommand("bench", "Measure how fast a model runs here");
  const auto options = std::make_shared<BenchOptions>();
  const auto list = [&](const char* flags, std::vector<int>& values, int least, const char* help,
                        int most = kMostTokens) {
    command->add_option(flags, values, help)->delimiter(',')->check(whole_number(least, most))->capture_default_str();
  };
  command->add_option("-m,--model,MODEL", options->models, "names, or paths of GGUF files")->capture_default_str();
  list("-p,--n-prompt", options->n_prompt, 0, "tokens of a prompt to read; 0: none");
  list("-n,--n-gen", options->n_gen, 0, "tokens to write; 0: none");
  command->add_option("--pg", options->prompt_and_gen, "PROMPT,GENERATED: read, then write, timed together")
      ->check(CLI::Validator(check_pair, "PROMPT,GENERATED"));
  list("-d,--n-depth", options->n_depth, 0, "tokens that stand in the context before");
  list("-b,--batch-size", options->n_batch, 1, "tokens of a prompt a call");
  list("-t,--threads", options->threads, 0, "threads; 0: one for each performance core", kMostThreads);
  command->add_option("--kv", options->kv, "how keys and values are kept: int8 or f16")
      ->check(CLI::IsMember({"int8", "f16"}))
      ->capture_default_str();
  command->add_option("-r,--repetitions", options->repetitions, "how often each test runs")
      ->check(CLI::Range(1, 10000))
      ->capture_default_str();
  command->add_flag("--no-warmup", options->no_warmup, "without a first run that does not count");
  add_packed_cache_flag(*command, options->packed_cache);
  command->add_option("-o,--output", options->format, "md, json or jsonl")
      ->check(CLI::IsMember({"md", "json", "jsonl"}))
      ->capture_default_str();
  command->callback([&action, options] { action = [options] { return bench(*options); }; });
}

}  // namespace sotto::cli
