#include "quantize/allocate.h"

#include <algorithm>
#include <numeric>
#include <queue>

namespace sotto::quantize {
namespace {

double saving(const Option& from, const Option& to) {
  return (from.cost - to.cost) / static_cast<double>(to.bytes - from.bytes);
}

// The indices of the options on the lower convex hull, from the fewest bytes to the least cost.
std::vector<std::size_t> hull_of(const std::vector<Option>& options) {
  std::vector<std::size_t> order(options.size()), hull;
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) {
    return options[a].bytes != options[b].bytes ? options[a].bytes < options[b].bytes
                                                : options[a].cost < options[b].cost;
  });
  for (const std::size_t index : order) {
    const Option& option = options[index];
    if (!hull.empty() && !(option.cost < options[hull.back()].cost)) continue;
    while (hull.size() > 1 &&
           saving(options[hull[hull.size() - 2]], options[hull.back()]) <= saving(options[hull.back()], option)) {
      hull.pop_back();
    }
    hull.push_back(index);
  }
  return hull;
}

struct Step {
  double saving;
  std::size_t tensor;
  bool operator<(const Step& other) const {  // ties in the order of tensors
    return saving != other.saving ? saving < other.saving : tensor > other.tensor;
  }
};

}  // namespace

std::vector<std::size_t> allocate(const std::vector<std::vector<Option>>& options, std::uint64_t budget_bytes) {
  std::vector<std::vector<std::size_t>> hulls;
  std::vector<std::size_t> at(options.size(), 0);  // on the hull
  std::priority_queue<Step> steps;
  std::uint64_t bytes = 0;
  const auto option_at = [&](std::size_t tensor, std::size_t place) -> const Option& {
    return options[tensor][hulls[tensor][place]];
  };
  const auto offer = [&](std::size_t tensor) {
    if (at[tensor] + 1 >= hulls[tensor].size()) return;
    steps.push({saving(option_at(tensor, at[tensor]), option_at(tensor, at[tensor] + 1)), tensor});
  };
  for (std::size_t tensor = 0; tensor < options.size(); ++tensor) {
    hulls.push_back(hull_of(options[tensor]));
    bytes += option_at(tensor, 0).bytes;
    offer(tensor);
  }
  while (!steps.empty()) {
    const std::size_t tensor = steps.top().tensor;
    steps.pop();
    const std::uint64_t more = option_at(tensor, at[tensor] + 1).bytes - option_at(tensor, at[tensor]).bytes;
    if (bytes > budget_bytes || more > budget_bytes - bytes) continue;  // smaller steps of others may still fit
    bytes += more;
    ++at[tensor];
    offer(tensor);
  }
  std::vector<std::size_t> chosen;
  for (std::size_t tensor = 0; tensor < options.size(); ++tensor) chosen.push_back(hulls[tensor][at[tensor]]);
  return chosen;
}

}  // namespace sotto::quantize
