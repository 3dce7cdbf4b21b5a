// adapter_config.json of a PEFT adapter: what decides the scale of each pair. Knows nothing of tensors.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "published/json.h"
#include "sotto/result.h"

namespace sotto::adapter {

struct PeftConfig {
  std::uint64_t rank = 0;
  double alpha = 0;
  bool by_root = false;                        // scaled by alpha / sqrt(rank) (rsLoRA: Kalajdzievski, 2312.03732)
  std::map<std::string, std::uint64_t> ranks;  // of modules whose name is or ends in this
  std::map<std::string, double> alphas;

  // Of the module "model.layers.0.self_attn.q_proj"; nothing where two patterns mean it and differ.
  std::optional<std::uint64_t> rank_of(std::string_view module) const;
  std::optional<double> alpha_of(std::string_view module) const;
};

// Errors: kBadFile, naming field, value and what was expected; kUnsupported for what changes the model in other ways
// (DoRA, whole modules, biases, …), and for a field that is set and not known.
Result<PeftConfig> read_peft_config(published::Json json, const std::string& path);

}  // namespace sotto::adapter
