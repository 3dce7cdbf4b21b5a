// Which of its types each tensor gets, so that the file fits a budget and loses the least. Pure functions.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace sotto::quantize {

// What a tensor can become. cost: what the model loses by it; costs of tensors add up.
struct Option {
  std::uint64_t bytes = 0;
  double cost = 0;
};

// options[i] are those of tensor i, one at least. Gives the index of each tensor's option: those whose bytes add up to
// `budget_bytes` at most with about the least sum of costs, or the smallest ones where no choice fits.
//
// Each tensor goes from its smallest option along the lower convex hull of its costs, always the step that saves most
// for a byte: the optimum for the Lagrangian of every budget that this path meets (Shoham and Gersho, 1988). What is
// left of the budget then takes the best steps that still fit.
std::vector<std::size_t> allocate(const std::vector<std::vector<Option>>& options, std::uint64_t budget_bytes);

}  // namespace sotto::quantize
