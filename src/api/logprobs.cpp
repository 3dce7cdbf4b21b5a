#include "api/logprobs.h"

#include <algorithm>

#include "api/text_forms.h"

namespace sotto::api {
namespace {

constexpr float kImpossible = -9999;

Json token_json(const TokenLogprob& token) {
  Json bytes = Json::array();
  for (const char c : token.text) bytes.push_back(static_cast<unsigned char>(c));
  return {{"token", token.text}, {"logprob", finite_logprob(token.logprob)}, {"bytes", std::move(bytes)}};
}

}  // namespace

int read_logprobs(Fields& fields) {
  const bool wanted = fields.flag("logprobs").value_or(false);
  const auto n_top = fields.whole("top_logprobs", 0, kMostTopLogprobs);
  if (n_top.value_or(0) > 0 && !wanted) fields.complain("top_logprobs", "logprobs must be true with it");
  return wanted ? static_cast<int>(n_top.value_or(0)) : -1;
}

double finite_logprob(float logprob) { return shortest(std::max(logprob, kImpossible)); }

Json logprobs_json(std::span<const ChosenToken> tokens) {
  Json list = Json::array();
  for (const ChosenToken& token : tokens) {
    Json json = token_json(token.chosen);
    json["top_logprobs"] = Json::array();
    for (const TokenLogprob& other : token.top) json["top_logprobs"].push_back(token_json(other));
    list.push_back(std::move(json));
  }
  return list;
}

}  // namespace sotto::api
