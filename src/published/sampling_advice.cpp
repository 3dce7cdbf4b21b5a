#include "published/sampling_advice.h"

#include <fmt/format.h>

#include "gguf/sampling_keys.h"
#include "published/json.h"

namespace sotto::published {
namespace {

struct Advice {
  const char* field;
  gguf::SamplingKey to;
  bool whole;  // stored as i32, otherwise as f32
  bool draws;  // says nothing where nothing is drawn
};

constexpr Advice kAdvice[] = {
    {"temperature", gguf::kTemperature, false, true},
    {"top_k", gguf::kTopK, true, true},
    {"top_p", gguf::kTopP, false, true},
    {"min_p", gguf::kMinP, false, true},
    {"repetition_penalty", gguf::kRepeatPenalty, false, false},
};

bool is_sane(const Json& value, const Advice& advice) {
  if (advice.whole ? !value.is_number_integer() : !value.is_number()) return false;
  return advice.to.allows(value.get<double>());
}

}  // namespace

Result<void> write_sampling_advice(const std::string& folder, gguf::Writer& writer, std::vector<std::string>& notes) {
  const std::string path = folder + "/generation_config.json";
  const auto generation = read_optional_object(path, kMaxSettingsBytes);
  if (!generation) return Unexpected(generation.error());
  const Json* sample = field(*generation, "do_sample");
  const bool draws = sample == nullptr || *sample != false;
  for (const Advice& advice : kAdvice) {
    const Json* value = field(*generation, advice.field);
    if (value == nullptr || (advice.draws && !draws)) continue;
    if (!is_sane(*value, advice)) {
      notes.push_back(fmt::format("{}: {}: found {}, expected a {} from {} to {}: left out", path, advice.field,
                                  shown(*value), advice.whole ? "whole number" : "number", advice.to.least,
                                  advice.to.most));
    } else if (advice.whole) {
      writer.set(advice.to.key, value->get<std::int32_t>());
    } else {
      writer.set(advice.to.key, value->get<float>());
    }
  }
  return {};
}

}  // namespace sotto::published
