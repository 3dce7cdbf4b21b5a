// The keys by which a GGUF file recommends how to sample, and the values of each that mean something.
#pragma once

namespace sotto::gguf {

struct SamplingKey {
  const char* key;
  double least, most;

  constexpr bool allows(double value) const { return value >= least && value <= most; }  // not NaN
};

inline constexpr double kMostCandidates = 1 << 22;  // as many tokens as a vocabulary may have
inline constexpr SamplingKey kTemperature{"general.sampling.temp", 0, 100};
inline constexpr SamplingKey kTopK{"general.sampling.top_k", 0, kMostCandidates};
inline constexpr SamplingKey kTopP{"general.sampling.top_p", 0, 1};
inline constexpr SamplingKey kMinP{"general.sampling.min_p", 0, 1};
inline constexpr SamplingKey kRepeatPenalty{"general.sampling.penalty_repeat", 0.01, 100};
inline constexpr SamplingKey kRepeatLastN{"general.sampling.penalty_last_n", -1, kMostCandidates};

}  // namespace sotto::gguf
