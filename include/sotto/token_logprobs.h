// How likely a model thought the tokens of an answer were. docs/sampling.md#log-probabilities
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace sotto {

inline constexpr int kMostTopLogprobs = 20;

struct TokenLogprob {
  std::int32_t token = 0;
  float logprob = 0;  // natural logarithm of the probability that the model gave it: before bias, penalties, filters,
                      // temperature, grammar and forbidden endings
  std::string text;   // the bytes it stands for, which need not be whole characters; a control token's name
};

struct ChosenToken {
  TokenLogprob chosen;
  std::vector<TokenLogprob> top;  // the most likely in its place, best first; as many as were asked for
};

}  // namespace sotto
