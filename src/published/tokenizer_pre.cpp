#include "published/tokenizer_pre.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

namespace sotto::published {
namespace {

// The steps of a pre-tokenizer, each as one text: a regular expression whose matches and gaps are words, or a name.
using Steps = std::vector<std::string>;

constexpr std::string_view kDigits = "digits";  // every digit for itself

#define SOTTO_CONTRACTIONS R"((?i:'s|'t|'re|'ve|'m|'ll|'d))"
#define SOTTO_SHORT_CONTRACTIONS R"('(?i:[sdmt]|ll|ve|re))"
#define SOTTO_WORD R"(|[^\r\n\p{L}\p{N}]?\p{L}+|)"
#define SOTTO_OTHER R"(| ?[^\s\p{L}\p{N}]+[\r\n]*)"
#define SOTTO_TAIL R"(|\s*[\r\n]+|\s+(?!\S)|\s+)"
#define SOTTO_POSSESSIVE_WORD R"(|[^\r\n\p{L}\p{N}]?+\p{L}+|)"
#define SOTTO_POSSESSIVE_OTHER R"(| ?[^\s\p{L}\p{N}]++[\r\n]*|\s*[\r\n]|\s+(?!\S)|\s+)"
#define SOTTO_UPPER R"([\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}])"
#define SOTTO_LOWER R"([\p{Ll}\p{Lm}\p{Lo}\p{M}])"
#define SOTTO_LEAD R"([^\r\n\p{L}\p{N}]?)"
#define SOTTO_CASED(after) \
  SOTTO_LEAD SOTTO_UPPER "*" SOTTO_LOWER "+" after "|" SOTTO_LEAD SOTTO_UPPER "+" SOTTO_LOWER "*" after "|"
#define SOTTO_CASED_OTHER R"(| ?[^\s\p{L}\p{N}]+[\r\n/]*)"

constexpr std::string_view kGpt2 = R"('s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+)";
constexpr std::string_view kThreeDigits = SOTTO_CONTRACTIONS SOTTO_WORD R"(\p{N}{1,3})" SOTTO_OTHER SOTTO_TAIL;
constexpr std::string_view kOneDigit = SOTTO_CONTRACTIONS SOTTO_WORD R"(\p{N})" SOTTO_OTHER SOTTO_TAIL;
// Other spellings of the same two: a run of spaces that ends in a line break is as long with either.
constexpr std::string_view kThreeDigitsToo =
    SOTTO_SHORT_CONTRACTIONS SOTTO_POSSESSIVE_WORD R"(\p{N}{1,3})" SOTTO_POSSESSIVE_OTHER;
constexpr std::string_view kOneDigitToo =
    SOTTO_SHORT_CONTRACTIONS SOTTO_POSSESSIVE_WORD R"(\p{N})" SOTTO_POSSESSIVE_OTHER;
constexpr std::string_view kMarks =
    SOTTO_CONTRACTIONS R"(|[^\r\n\p{L}\p{N}]?[\p{L}\p{M}]+|\p{N}| ?[^\s\p{L}\p{M}\p{N}]+[\r\n]*)" SOTTO_TAIL;
constexpr std::string_view kCased = SOTTO_CASED(SOTTO_CONTRACTIONS "?") R"(\p{N}{1,3})" SOTTO_CASED_OTHER SOTTO_TAIL;
constexpr std::string_view kTekken = SOTTO_CASED("") R"(\p{N})" SOTTO_CASED_OTHER SOTTO_TAIL;
constexpr std::string_view kUpToThree = R"(\p{N}{1,3})";
constexpr std::string_view kHanAndKana = "[一-龥぀-ゟ゠-ヿ]+";
constexpr std::string_view kDeepseek =
    R"re([!"#$%&'()*+,\-./:;<=>?@\[\\\]^_`{|}~][A-Za-z]+|[^\r\n\p{L}\p{P}\p{S}]?[\p{L}\p{M}]+| ?[\p{P}\p{S}]+[\r\n]*)re" SOTTO_TAIL;

// `composes`: the normalizer brings text into Unicode's form C; `whole_words`: words that are tokens are not merged.
struct Known {
  std::string_view name;
  std::vector<std::string_view> steps;
  bool composes = false, whole_words = false;
};

const std::vector<Known>& known() {
  static const std::vector<Known> list = {
      {"gpt-2", {kGpt2}},
      {"olmo", {kGpt2}, true},
      {"smollm", {kDigits, kGpt2}},
      {"llama-bpe", {kThreeDigits}, false, true},
      {"llama-bpe", {kThreeDigitsToo}, false, true},
      {"dbrx", {kThreeDigits}},
      {"dbrx", {kThreeDigitsToo}},
      {"qwen2", {kOneDigit}, true},
      {"stablelm2", {kOneDigit}},
      {"stablelm2", {kOneDigitToo}},
      {"qwen35", {kMarks}, true},
      {"gpt-4o", {kCased}},
      {"tekken", {kTekken}, false, true},
      {"deepseek-v3", {kUpToThree, kHanAndKana, kDeepseek}},
  };
  return list;
}

// Whether every character is in a match, so that to remove what is between matches is to keep all.
bool leaves_nothing(std::string_view regex) {
  constexpr std::string_view kWhole[] = {kGpt2,        kThreeDigits, kOneDigit, kThreeDigitsToo,
                                         kOneDigitToo, kMarks,       kCased,    kTekken};
  return std::ranges::find(kWhole, regex) != std::end(kWhole);
}

// Appends the steps of one pre-tokenizer; false when it is none that is known.
bool append_steps(const Json& part, Steps& steps) {
  const std::string type = text_field(part, "type");
  if (type == "Sequence") {
    const Json* parts = field(part, "pretokenizers");
    return parts != nullptr && parts->is_array() &&
           std::ranges::all_of(*parts, [&](const Json& inner) { return append_steps(inner, steps); });
  }
  if (type == "ByteLevel") {
    if (is_true(part, "add_prefix_space")) return false;
    const Json* splits = field(part, "use_regex");
    if (splits == nullptr || *splits == true) steps.emplace_back(kGpt2);
    return true;
  }
  if (type == "Digits") {
    steps.emplace_back(kDigits);
    return is_true(part, "individual_digits");
  }
  const Json* pattern = field(part, "pattern");
  if (type != "Split" || pattern == nullptr) return false;
  const std::string regex = text_field(*pattern, "Regex");
  const std::string behavior = text_field(part, "behavior");
  steps.push_back(regex);
  if (is_true(part, "invert")) return behavior == "Removed" && leaves_nothing(regex);
  return behavior == "Isolated";
}

// Nothing when the normalizer does something that no named pre-tokenizer does.
std::optional<bool> composes(const Json* normalizer) {
  if (normalizer == nullptr) return false;
  const std::string type = text_field(*normalizer, "type");
  if (type == "NFC") return true;
  if (type != "Sequence") return std::nullopt;
  const Json* parts = field(*normalizer, "normalizers");
  if (parts == nullptr || !parts->is_array() || parts->size() > 1) return std::nullopt;
  return parts->empty() ? std::optional(false) : composes(&parts->front());
}

}  // namespace

Result<std::string> name_pretokenizer(const Json& tokenizer, const std::string& path) {
  const Json* pre = field(tokenizer, "pre_tokenizer");
  const Json* model = field(tokenizer, "model");
  const Json* normalizer = field(tokenizer, "normalizer");
  const auto composing = composes(normalizer);
  if (!composing) {
    return unsupported(path, "normalizer is " + shown(*normalizer, kShownInFull) + "; GGUF files have no name for it");
  }
  Steps steps;
  const bool whole_words = model != nullptr && is_true(*model, "ignore_merges");
  if (pre != nullptr && append_steps(*pre, steps)) {
    for (const Known& candidate : known()) {
      if (candidate.composes == *composing && candidate.whole_words == whole_words &&
          std::ranges::equal(candidate.steps, steps)) {
        return std::string(candidate.name);
      }
    }
  }
  return unsupported(path, fmt::format("pre_tokenizer is {}, with {} and {}; GGUF files have no name for it that sotto "
                                       "knows",
                                       pre == nullptr ? "null" : shown(*pre, kShownInFull),
                                       *composing ? "normal form C" : "no normalizer",
                                       whole_words ? "ignore_merges" : "without ignore_merges"));
}

}  // namespace sotto::published
