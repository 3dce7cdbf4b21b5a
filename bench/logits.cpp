// Writes next-token logits [n, n_vocab] f32, row-major, to standard output for the token ids on standard input.
//
//   sotto_logits MODEL [--exact] [--kv int8|f16] [--chunk N] [--first N] [--threads N]
//                      [--adapter PATH]… < ids > logits
//   sotto_logits MODEL --info [--ctx N]
//
// Each chunk of N tokens (512) starts from an empty state; --first leaves out the logits of so many tokens at its
// beginning. --exact: float32 arithmetic throughout. --info prints the model's sizes as JSON.
#include <CLI/CLI.hpp>
#include <algorithm>
#include <cstdio>
#include <iostream>
#include <iterator>
#include <map>
#include <string>
#include <vector>

#include "engine/model_info.h"
#include "model/kv_cache.h"
#include "model/model.h"

namespace {

using sotto::model::LogitsFor;
using sotto::model::Model;

constexpr std::size_t kRows = 64;  // logits computed and written at a time

int fail(const std::string& message) {
  std::fprintf(stderr, "sotto_logits: %s\n", message.c_str());
  return 1;
}

bool write_rows(Model& model, sotto::model::KvCache& cache, std::span<const std::int32_t> tokens) {
  const auto n_vocab = static_cast<std::size_t>(model.spec().n_vocab);
  std::vector<float> logits(kRows * n_vocab);
  for (std::size_t first = 0; first < tokens.size(); first += kRows) {
    const auto rows = tokens.subspan(first, std::min(kRows, tokens.size() - first));
    const std::span<float> out(logits.data(), rows.size() * n_vocab);
    model.forward(cache, rows, LogitsFor::kAll, out);
    if (std::fwrite(out.data(), sizeof(float), out.size(), stdout) != out.size()) return false;
  }
  return true;
}

int write_logits(Model& model, std::span<const std::int32_t> tokens, std::size_t chunk, std::size_t unwritten) {
  const auto bad = std::find_if(tokens.begin(), tokens.end(),
                                [&](std::int32_t token) { return token < 0 || token >= model.spec().n_vocab; });
  if (bad != tokens.end()) {
    return fail("token " + std::to_string(*bad) + " is not of the model's " + std::to_string(model.spec().n_vocab));
  }
  for (std::size_t first = 0; first < tokens.size(); first += chunk) {
    const auto part = tokens.subspan(first, std::min(chunk, tokens.size() - first));
    const auto cache = model.new_cache(static_cast<int>(part.size()));
    const std::size_t quiet = std::min(unwritten, part.size());
    model.forward(*cache, part.first(quiet), LogitsFor::kNone, {});
    if (!write_rows(model, *cache, part.subspan(quiet))) return fail("cannot write to standard output");
  }
  return std::fflush(stdout) == 0 ? 0 : fail("cannot write to standard output");
}

void print_info(const sotto::ModelInfo& info, const Model& model, int ctx_tokens) {
  std::printf("{\"name\": \"%s\", \"n_vocab\": %d, \"file_bytes\": %llu, \"kv_bytes\": %llu, \"ctx_tokens\": %d}\n",
              info.name.c_str(), model.spec().n_vocab, static_cast<unsigned long long>(info.file_bytes),
              static_cast<unsigned long long>(model.cache_bytes(ctx_tokens)), ctx_tokens);
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app("Next-token logits for evaluation", "sotto_logits");
  std::string path;
  sotto::model::LoadOptions options;
  std::size_t chunk = 512, unwritten = 0;
  int ctx_tokens = 4096;
  bool info = false;
  std::vector<std::string> adapter_paths;
  app.add_option("model", path)->required();
  app.add_flag("--exact", options.exact_activations);
  app.add_option("--kv", options.kv)
      ->transform(CLI::Transformer(
          std::map<std::string, sotto::KvType>{{"int8", sotto::KvType::kInt8}, {"f16", sotto::KvType::kF16}}));
  app.add_option("--chunk", chunk)->check(CLI::Range(1, 1 << 20));
  app.add_option("--first", unwritten);
  app.add_option("--threads", options.threads);
  app.add_option("--ctx", ctx_tokens)->check(CLI::PositiveNumber);
  app.add_flag("--info", info);
  app.add_option("--adapter", adapter_paths)->allow_extra_args(false);
  CLI11_PARSE(app, argc, argv);

  auto file = sotto::gguf::File::open(path);
  if (!file) return fail(file.error().message);
  std::vector<sotto::adapter::Adapter> adapters;
  for (const std::string& adapter_path : adapter_paths) {
    auto adapter = sotto::adapter::read_adapter(adapter_path, 1, *file);
    if (!adapter) return fail(adapter.error().message);
    adapters.push_back(std::move(*adapter));
  }
  options.adapters = adapters;
  auto model = Model::load(*file, options);
  if (!model) return fail(model.error().message);
  if (info) {
    print_info(sotto::engine::describe(*file), **model, ctx_tokens);
    return 0;
  }
  const std::vector<std::int32_t> tokens{std::istream_iterator<std::int32_t>(std::cin), {}};
  return write_logits(**model, tokens, chunk, unwritten);
}
