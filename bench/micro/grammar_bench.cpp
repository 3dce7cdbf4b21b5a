// What structured output costs: compiling a schema of 200 properties, and a token's mask and step on the vocabulary of
// a real model, when a schema is used for the first time and after that. Without the model's file only the first runs.
#include <benchmark/benchmark.h>

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <filesystem>

#include "gguf/file.h"
#include "grammar/json_schema.h"
#include "grammar/matcher.h"
#include "model/vocab_reader.h"
#include "text/tokenizer.h"

namespace {

namespace gguf = sotto::gguf;
namespace grammar = sotto::grammar;
namespace model = sotto::model;
namespace text = sotto::text;

constexpr int kProperties = 200;

// Properties of several kinds, and a text that is valid.
struct Case {
  std::string schema, text;
};

Case large_case() {
  constexpr std::pair<const char*, const char*> kinds[] = {
      {R"({"type": "string"})", R"("The sea was calm that morning, and the harbour \"full\" of boats.")"},
      {R"({"type": "integer", "minimum": 0, "maximum": 1000})", "421"},
      {R"({"enum": ["red", "green", "blue"]})", "\"green\""},
      {R"({"type": "array", "items": {"type": "number"}})", "[1, 2.5, -30]"},
      {R"({"type": "string", "format": "date-time"})", "\"2024-02-29T12:30:00Z\""},
      {R"({"type": "string", "maxLength": 80})", "\"A short text of some words\""},
      {R"({"type": "object", "properties": {"a": {"type": "boolean"}}, "required": ["a"]})", R"({"a": true})"},
  };
  Case made{R"({"type": "object", "additionalProperties": false, "properties": {)", "{"};
  std::string required;
  for (int i = 0; i < kProperties; ++i) {
    const auto& [schema, text] = kinds[static_cast<std::size_t>(i) % std::size(kinds)];
    const std::string comma = i > 0 ? ", " : "", name = "\"property_" + std::to_string(i) + "\"";
    made.schema += comma + name + ": " + schema;
    made.text += comma + name + ": " + text;
    if (i % 2 == 0) required += comma + name;
  }
  made.schema += "}, \"required\": [" + required + "]}";
  made.text += "}";
  return made;
}

void compile(benchmark::State& state) {
  const Case large = large_case();
  for (auto _ : state) {
    auto compiled = grammar::compile_json_schema(large.schema);
    if (!compiled) state.SkipWithError(compiled.error().message.c_str());
    benchmark::DoNotOptimize(compiled);
  }
}

struct Loaded {
  gguf::File file;
  std::unique_ptr<text::Tokenizer> tokenizer;
  std::shared_ptr<const grammar::TokenTrie> trie;
};

std::unique_ptr<Loaded> load(const std::string& path) {
  auto file = gguf::File::open(path);
  if (!file) return nullptr;
  auto loaded = std::make_unique<Loaded>(Loaded{std::move(*file), nullptr, nullptr});
  auto vocab = model::read_vocab(loaded->file);
  if (!vocab) return nullptr;
  auto made = text::Tokenizer::create(std::move(*vocab));
  if (!made) return nullptr;
  loaded->tokenizer = std::move(*made);
  loaded->trie = grammar::TokenTrie::of(*loaded->tokenizer);
  return loaded;
}

// Microseconds of each token's mask and step; empty when the text is refused.
std::vector<double> run(const std::shared_ptr<grammar::TokenGrammar>& grammar,
                        const std::vector<text::TokenId>& tokens) {
  grammar::Matcher matcher(grammar);
  std::vector<double> times;
  for (const text::TokenId token : tokens) {
    const auto begun = std::chrono::steady_clock::now();
    const auto mask = matcher.mask();
    const auto accepted = matcher.accept(token);
    times.push_back(std::chrono::duration<double, std::micro>(std::chrono::steady_clock::now() - begun).count());
    if (!mask || !(*mask)->allows(token) || !accepted || !*accepted) return {};
  }
  return times;
}

void report(benchmark::State& state, std::vector<double> times) {
  if (times.empty()) return state.SkipWithError("the text is refused");
  std::sort(times.begin(), times.end());
  state.counters["median_us"] = times[times.size() / 2];
  state.counters["p95_us"] = times[times.size() * 95 / 100];
  state.counters["max_us"] = times.back();
  state.counters["tokens"] = static_cast<double>(times.size());
}

void mask(benchmark::State& state, const std::string& path, bool first) {
  const auto loaded = load(path);
  const Case large = large_case();
  auto compiled = grammar::compile_json_schema(large.schema);
  if (!loaded || !compiled) return state.SkipWithError("nothing to measure");
  const auto shared = std::make_shared<const grammar::Grammar>(std::move(compiled->grammar));
  const auto tokens = loaded->tokenizer->encode(large.text);
  auto warm = std::make_shared<grammar::TokenGrammar>(shared, loaded->trie);
  std::vector<double> times = run(warm, tokens);
  for (auto _ : state)
    times = run(first ? std::make_shared<grammar::TokenGrammar>(shared, loaded->trie) : warm, tokens);
  report(state, std::move(times));
}

void trie(benchmark::State& state, const std::string& path) {
  const auto loaded = load(path);
  if (!loaded) return state.SkipWithError("nothing to measure");
  for (auto _ : state) benchmark::DoNotOptimize(grammar::TokenTrie::of(*loaded->tokenizer));
}

const bool registered_grammar = [] {
  benchmark::RegisterBenchmark("grammar/compile_200_properties", compile)->Unit(benchmark::kMillisecond);
  const char* folder = std::getenv("SOTTO_TEST_DATA");
  const char* home = std::getenv("HOME");
  const std::string models =
      folder != nullptr ? folder : std::string(home == nullptr ? "" : home) + "/.cache/sotto-test";
  const std::string path = models + "/SmolLM2-135M-Instruct.Q4_1.gguf";
  if (!std::filesystem::exists(path)) return false;
  benchmark::RegisterBenchmark("grammar/vocabulary", trie, path)->Unit(benchmark::kMillisecond);
  benchmark::RegisterBenchmark("grammar/mask_first_use", mask, path, true)->Unit(benchmark::kMillisecond);
  benchmark::RegisterBenchmark("grammar/mask", mask, path, false)->Unit(benchmark::kMillisecond);
  return true;
}();

}  // namespace
