// Writes next-token logits [n, n_vocab] f32, row-major, to standard output for the token ids on standard input.
//
//   sotto_logits MODEL [--exact] [--chunk N] [--threads N] < ids > logits
//   sotto_logits MODEL --info [--ctx N]
//
// Each chunk of N tokens (512) starts from an empty state. --exact: float32 arithmetic throughout. --info prints the
// model's sizes as JSON.
#include <CLI/CLI.hpp>
#include <algorithm>
#include <cstdio>
#include <iostream>
#include <iterator>

#include "sotto/engine.h"

namespace {

int fail(const std::string& message) {
  std::fprintf(stderr, "sotto_logits: %s\n", message.c_str());
  return 1;
}

int write_logits(sotto::Engine& engine, const std::vector<sotto::Token>& tokens, std::size_t chunk) {
  auto session = engine.new_session();
  if (!session) return fail(session.error().message);
  for (std::size_t first = 0; first < tokens.size(); first += chunk) {
    const auto from = tokens.begin() + static_cast<std::ptrdiff_t>(first);
    const auto size = static_cast<std::ptrdiff_t>(std::min(chunk, tokens.size() - first));
    (*session)->clear();
    const auto logits = (*session)->logits({from, from + size});
    if (!logits) return fail(logits.error().message);
    if (std::fwrite(logits->data(), sizeof(float), logits->size(), stdout) != logits->size()) {
      return fail("cannot write to standard output");
    }
  }
  return std::fflush(stdout) == 0 ? 0 : fail("cannot write to standard output");
}

void print_info(const sotto::ModelInfo& info) {
  std::printf("{\"name\": \"%s\", \"n_vocab\": %d, \"file_bytes\": %llu, \"kv_bytes\": %llu, \"ctx_tokens\": %d}\n",
              info.name.c_str(), info.n_vocab, static_cast<unsigned long long>(info.file_bytes),
              static_cast<unsigned long long>(info.kv_bytes), info.ctx_tokens);
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app("Next-token logits for evaluation", "sotto_logits");
  sotto::EngineOptions options;
  std::size_t chunk = 512;
  bool info = false;
  app.add_option("model", options.model_path)->required();
  app.add_flag("--exact", options.exact_activations);
  app.add_option("--chunk", chunk)->check(CLI::PositiveNumber);
  app.add_option("--threads", options.threads);
  app.add_option("--ctx", options.ctx_tokens);
  app.add_flag("--info", info);
  CLI11_PARSE(app, argc, argv);

  if (!info) options.ctx_tokens = static_cast<int>(chunk);
  auto engine = sotto::Engine::open(options);
  if (!engine) return fail(engine.error().message);
  if (info) {
    print_info((*engine)->info());
    return 0;
  }
  const std::vector<sotto::Token> tokens{std::istream_iterator<sotto::Token>(std::cin), {}};
  return write_logits(**engine, tokens, chunk);
}
