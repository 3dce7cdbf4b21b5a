// How fast a tokenizer is made and how fast it reads. Text: words of the vocabulary itself, drawn
// by Zipf's law, and one letter over and over. Runs on the real files that tests use; those that
// are missing are left out.
#include <benchmark/benchmark.h>

#include <cmath>
#include <cstdlib>
#include <filesystem>
#include <random>

#include "gguf/file.h"
#include "model/vocab_reader.h"
#include "text/tokenizer.h"

namespace {

using sotto::text::Tokenizer;

std::string model_path(const char* name) {
  if (const char* folder = std::getenv("SOTTO_TEST_DATA")) return std::string(folder) + "/" + name;
  const char* home = std::getenv("HOME");
  return std::string(home == nullptr ? "" : home) + "/.cache/sotto-test/" + name;
}

struct Loaded {
  sotto::gguf::File file;
  std::unique_ptr<Tokenizer> tokenizer;
};

std::unique_ptr<Loaded> load(const std::string& path) {
  auto file = sotto::gguf::File::open(path);
  if (!file) return nullptr;
  auto loaded = std::make_unique<Loaded>(Loaded{std::move(*file), nullptr});
  auto vocab = sotto::model::read_vocab(loaded->file);
  if (!vocab) return nullptr;
  auto made = Tokenizer::create(std::move(*vocab));
  if (!made) return nullptr;
  loaded->tokenizer = std::move(*made);
  return loaded;
}

// About `bytes` of words, a comma or full stop and a new line now and then.
std::string prose(const Tokenizer& tokenizer, std::size_t bytes) {
  std::vector<std::string> words;
  for (int id = 0; id < tokenizer.size(); ++id) {
    std::string word = tokenizer.decode(id);
    if (word.size() < 3 || word[0] != ' ') continue;
    bool letters = true;
    for (const char c : word.substr(1)) letters = letters && c >= 'a' && c <= 'z';
    if (letters) words.push_back(std::move(word));
  }
  std::string text;
  std::mt19937 random(1);
  std::uniform_real_distribution<double> uniform(0.0, std::log(static_cast<double>(words.size())));
  while (text.size() < bytes) {
    text += words[static_cast<std::size_t>(std::exp(uniform(random))) - 1];
    const unsigned dice = random() % 64;
    if (dice < 4) text += dice == 0 ? ".\n" : dice == 1 ? "." : ",";
    if (dice == 5) text += " " + std::to_string(random() % 3000);
  }
  return text;
}

void create(benchmark::State& state, const std::string& path) {
  const auto loaded = load(path);
  for (auto _ : state) {
    auto vocab = sotto::model::read_vocab(loaded->file);
    auto made = Tokenizer::create(std::move(*vocab));
    benchmark::DoNotOptimize(made);
  }
}

void encode(benchmark::State& state, const std::string& path, bool one_letter) {
  const auto loaded = load(path);
  const std::string text = one_letter ? std::string(1 << 20, 'a') : prose(*loaded->tokenizer, 1 << 20);
  for (auto _ : state) benchmark::DoNotOptimize(loaded->tokenizer->encode(text));
  state.SetBytesProcessed(static_cast<std::int64_t>(state.iterations() * text.size()));
}

void decode(benchmark::State& state, const std::string& path) {
  const auto loaded = load(path);
  const std::string text = prose(*loaded->tokenizer, 1 << 20);
  const auto tokens = loaded->tokenizer->encode(text);
  for (auto _ : state) benchmark::DoNotOptimize(loaded->tokenizer->decode(tokens));
  state.SetBytesProcessed(static_cast<std::int64_t>(state.iterations() * text.size()));
}

const bool registered = [] {
  for (const char* name : {"SmolLM2-135M-Instruct.Q4_1.gguf", "gemma-3-270m-Q4_K_M.gguf"}) {
    const std::string path = model_path(name);
    if (!std::filesystem::exists(path)) continue;
    const std::string label = std::string("tokenizer/") + name;
    benchmark::RegisterBenchmark((label + "/create").c_str(), create, path)->Unit(benchmark::kMillisecond);
    benchmark::RegisterBenchmark((label + "/encode_words").c_str(), encode, path, false)->Unit(benchmark::kMillisecond);
    benchmark::RegisterBenchmark((label + "/encode_one_letter").c_str(), encode, path, true)
        ->Unit(benchmark::kMillisecond);
    benchmark::RegisterBenchmark((label + "/decode").c_str(), decode, path)->Unit(benchmark::kMillisecond);
  }
  return true;
}();

}  // namespace
