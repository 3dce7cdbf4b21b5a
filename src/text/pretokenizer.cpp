#include "text/pretokenizer.h"

#include <algorithm>

#include "text/pretokenizer_rules.h"
#include "text/utf8.h"

namespace sotto::text {
namespace {

using namespace rules;

constexpr Rule kGpt2[] = {gpt2};
constexpr Rule kSmollm[] = {rust_digit, gpt2};
constexpr Rule kFalcon[] = {punctuation_run, gpt2, three_ascii_digits};
constexpr Rule kChameleon[] = {sentinel, image_name, indentation, digit, punctuation_mark, gpt2};
constexpr Rule kLlama3[] = {llama3};
constexpr Rule kQwen2[] = {qwen2};
constexpr Rule kQwen35[] = {qwen35};
constexpr Rule kUfakzeka[] = {no_contractions};
constexpr Rule kSeedCoder[] = {seed_coder};
constexpr Rule kLaguna[] = {lines, qwen2};
constexpr Rule kMinicpm5[] = {three_numbers, long_numbers};
constexpr Rule kJais2[] = {jais2};
constexpr Rule kExaoneMoe[] = {exaone_moe};
constexpr Rule kGpt4o[] = {gpt4o};
constexpr Rule kTekken[] = {tekken};
constexpr Rule kKimiK2[] = {kimi_k2};
constexpr Rule kYoutu[] = {youtu_scripts, gpt4o_single_digits};
constexpr Rule kTinyAya[] = {thousands, gpt4o};
constexpr Rule kSuperbpe[] = {numbers, before_thousands};
constexpr Rule kBloom[] = {bloom};
constexpr Rule kViking[] = {bloom, digit};
constexpr Rule kDeepseekLlm[] = {line_break,      spaced_cased_letters, spaced_wide_punctuation,
                                 trailing_spaces, asian_scripts,        numbers};
constexpr Rule kDeepseekCoder[] = {line_break, spaced_letters, spaced_punctuation, asian_scripts, digit};
constexpr Rule kDeepseek3[] = {three_numbers, han_and_kana, deepseek3};
constexpr Rule kSpark[] = {three_numbers, han_and_kana, spark, digit};
constexpr Rule kAfmoe[] = {number_thousands, afmoe_scripts, deepseek3};

constexpr Pretokenizer kMachines[] = {
    {"gpt-2", kGpt2},
    {"smollm", kSmollm},
    {"falcon", kFalcon},
    {"chameleon", kChameleon, Pretokenizer::kAddsBos},
    {"llama-bpe", kLlama3, Pretokenizer::kWholeWords | Pretokenizer::kAddsBos},
    {"dbrx", kLlama3},
    {"qwen2", kQwen2, Pretokenizer::kComposes},
    {"stablelm2", kQwen2},
    {"qwen35", kQwen35, Pretokenizer::kComposes},
    {"ufakzeka", kUfakzeka},
    {"seed-coder", kSeedCoder},
    {"laguna", kLaguna},
    {"minicpm5", kMinicpm5, Pretokenizer::kWholeWords},
    {"jais2", kJais2},
    {"exaone-moe", kExaoneMoe},
    {"gpt-4o", kGpt4o},
    {"granite-embed-multi-97m", kGpt4o, Pretokenizer::kWholeWords},
    {"tekken", kTekken, Pretokenizer::kWholeWords | Pretokenizer::kAddsBos},
    {"kimi-k2", kKimiK2},
    {"youtu", kYoutu, Pretokenizer::kWholeWords},
    {"tiny_aya", kTinyAya},
    {"superbpe", kSuperbpe},
    {"bloom", kBloom},
    {"viking", kViking},
    {"deepseek-llm", kDeepseekLlm},
    {"deepseek-coder", kDeepseekCoder},
    {"deepseek-v3", kDeepseek3},
    {"spark2_5", kSpark},
    {"afmoe", kAfmoe},
    {"olmo", kGpt2, Pretokenizer::kComposes},
};

// Names that stand for the state machine of another name.
struct Alias {
  std::string_view name, machine;
};

constexpr Alias kAliases[] = {
    {"default", "gpt-2"},
    {"gpt2", "gpt-2"},
    {"phi-2", "gpt-2"},
    {"jina-es", "gpt-2"},
    {"jina-de", "gpt-2"},
    {"jina-v2-es", "gpt-2"},
    {"jina-v2-de", "gpt-2"},
    {"jina-v1-en", "gpt-2"},
    {"jina-v2-code", "gpt-2"},
    {"roberta-bpe", "gpt-2"},
    {"gigachat", "gpt-2"},
    {"a.x-4.0", "gpt-2"},
    {"mellum", "gpt-2"},
    {"exaone4", "gpt-2"},
    {"jais", "gpt-2"},
    {"trillion", "gpt-2"},
    {"granite-docling", "gpt-2"},
    {"mpt", "olmo"},
    {"modern-bert", "olmo"},
    {"starcoder", "smollm"},
    {"refact", "smollm"},
    {"command-r", "smollm"},
    {"codeshell", "smollm"},
    {"exaone", "smollm"},
    {"minerva-7b", "smollm"},
    {"mellum2", "smollm"},
    {"llama3", "llama-bpe"},
    {"llama-v3", "llama-bpe"},
    {"falcon3", "llama-bpe"},
    {"falcon-h1", "llama-bpe"},
    {"pixtral", "llama-bpe"},
    {"midm-2.0", "llama-bpe"},
    {"lfm2", "llama-bpe"},
    {"jina-v5-nano", "llama-bpe"},
    {"smaug-bpe", "dbrx"},
    {"chatglm-bpe", "dbrx"},
    {"glm4", "dbrx"},
    {"deepseek-r1-qwen", "qwen2"},
    {"megrez", "qwen2"},
    {"kormo", "qwen2"},
    {"f2llmv2", "qwen2"},
    {"hunyuan", "stablelm2"},
    {"solar-open", "stablelm2"},
    {"grok-2", "stablelm2"},
    {"bailingmoe", "stablelm2"},
    {"bailingmoe2", "stablelm2"},
    {"llada-moe", "stablelm2"},
    {"llama4", "gpt-4o"},
    {"kanana2", "gpt-4o"},
    {"talkie", "gpt-4o"},
    {"minimax-m2", "gpt-4o"},
    {"cohere2moe", "tiny_aya"},
    {"hunyuan-dense", "deepseek-v3"},
    {"joyai-llm", "deepseek-v3"},
    {"hy_v4", "deepseek-v3"},
    {"poro-chat", "bloom"},
    {"gpt3-finnish", "bloom"},
    {"jais-2", "jais2"},
};

const Pretokenizer* find_machine(std::string_view name) {
  const auto* found = std::ranges::find(kMachines, name, &Pretokenizer::name);
  return found == std::end(kMachines) ? nullptr : found;
}

}  // namespace

const Pretokenizer* find_pretokenizer(std::string_view name) {
  const auto* alias = std::ranges::find(kAliases, name, &Alias::name);
  return find_machine(alias == std::end(kAliases) ? name : alias->machine);
}

std::span<const Pretokenizer> pretokenizers() { return kMachines; }

std::vector<std::string_view> pretokenizer_names() {
  std::vector<std::string_view> names;
  for (const Pretokenizer& machine : kMachines) names.push_back(machine.name);
  for (const Alias& alias : kAliases) names.push_back(alias.name);
  std::ranges::sort(names);
  return names;
}

std::span<const std::size_t> WordSplitter::split(const Pretokenizer& pretokenizer, std::string_view text) {
  glyphs_.clear();
  ends_.clear();
  end_ = 0;
  append_glyphs(text, glyphs_);
  cut(pretokenizer.rules, glyphs_);
  return ends_;
}

void WordSplitter::cut(std::span<const Rule> rules, std::span<const Glyph> part) {
  if (part.empty()) return;
  if (rules.empty()) return emit(part);
  const auto rest = rules.subspan(1);
  std::size_t gap_start = 0;
  for (std::size_t at = 0; at < part.size();) {
    const Found found = rules.front()(part.subspan(at));
    at += found.gap;
    if (found.length == 0) continue;
    cut(rest, part.subspan(gap_start, at - gap_start));
    for (std::size_t n = 0; n < found.times; ++n, at += found.length) cut(rest, part.subspan(at, found.length));
    gap_start = at;
  }
  cut(rest, part.subspan(gap_start));
}

void WordSplitter::emit(std::span<const Glyph> word) {
  for (const Glyph g : word) end_ += utf8_length(g.code());
  ends_.push_back(end_);
}

}  // namespace sotto::text
