#include "base/cores.h"

#include <sched.h>

#include <algorithm>

#include "base/number_file.h"

namespace sotto::base {

std::vector<int> efficient_cpus(const std::vector<int>& allowed, const std::string& folder) {
  std::vector<long long> speeds;
  for (const int cpu : allowed) {
    const std::string of_cpu = folder + "/cpu" + std::to_string(cpu);
    auto speed = read_number(of_cpu + "/cpu_capacity");
    if (!speed) speed = read_number(of_cpu + "/cpufreq/cpuinfo_max_freq");
    if (!speed) return {};
    speeds.push_back(*speed);
  }
  std::vector<int> slow;
  const long long fastest = speeds.empty() ? 0 : *std::max_element(speeds.begin(), speeds.end());
  for (std::size_t i = 0; i < speeds.size(); ++i) {
    if (speeds[i] * 10 < fastest * 8) slow.push_back(allowed[i]);
  }
  return slow;
}

std::vector<int> allowed_cpus() {
  cpu_set_t set;
  CPU_ZERO(&set);
  std::vector<int> cpus;
  if (sched_getaffinity(0, sizeof set, &set) != 0) return cpus;
  for (int cpu = 0; cpu < CPU_SETSIZE; ++cpu) {
    if (CPU_ISSET(cpu, &set)) cpus.push_back(cpu);
  }
  return cpus;
}

bool stay_on(const std::vector<int>& cpus) {
  cpu_set_t set;
  CPU_ZERO(&set);
  for (const int cpu : cpus) CPU_SET(cpu, &set);
  return sched_setaffinity(0, sizeof set, &set) == 0;
}

}  // namespace sotto::base
