#include "published/sampling_advice.h"

#include <fmt/format.h>

#include "published/json.h"

namespace sotto::published {
namespace {

constexpr std::size_t kMaxGenerationBytes = 16u << 20;
constexpr double kMostCandidates = 1 << 22;  // as many tokens as a vocabulary may have

struct Advice {
  const char* field;
  const char* key;
  double least, most;  // what programs that read the key take
  bool whole;          // stored as i32, otherwise as f32
  bool draws;          // says nothing where nothing is drawn
};

constexpr Advice kAdvice[] = {
    {"temperature", "general.sampling.temp", 0, 100, false, true},
    {"top_k", "general.sampling.top_k", 0, kMostCandidates, true, true},
    {"top_p", "general.sampling.top_p", 0, 1, false, true},
    {"min_p", "general.sampling.min_p", 0, 1, false, true},
    {"repetition_penalty", "general.sampling.penalty_repeat", 0.01, 100, false, false},
};

bool is_sane(const Json& value, const Advice& advice) {
  if (advice.whole ? !value.is_number_integer() : !value.is_number()) return false;
  const double number = value.get<double>();
  return number >= advice.least && number <= advice.most;
}

}  // namespace

Result<void> write_sampling_advice(const std::string& folder, gguf::Writer& writer, std::vector<std::string>& notes) {
  const std::string path = folder + "/generation_config.json";
  const auto generation = read_optional_object(path, kMaxGenerationBytes);
  if (!generation) return Unexpected(generation.error());
  const Json* sample = field(*generation, "do_sample");
  const bool draws = sample == nullptr || *sample != false;
  for (const Advice& advice : kAdvice) {
    const Json* value = field(*generation, advice.field);
    if (value == nullptr || (advice.draws && !draws)) continue;
    if (!is_sane(*value, advice)) {
      notes.push_back(fmt::format("{}: {}: found {}, expected a {} from {} to {}: left out", path, advice.field,
                                  shown(*value), advice.whole ? "whole number" : "number", advice.least, advice.most));
    } else if (advice.whole) {
      writer.set(advice.key, value->get<std::int32_t>());
    } else {
      writer.set(advice.key, value->get<float>());
    }
  }
  return {};
}

}  // namespace sotto::published
