// Energy that the processor's packages take, by their own counters (Linux powercap, RAPL). Most virtual machines have
// none, and some systems let only the administrator read them.
#pragma once

#include <optional>
#include <string>
#include <vector>

namespace sotto::base {

// Counts from its making on. Everything that the machine does counts, not this process alone.
class EnergyMeter {
 public:
  explicit EnergyMeter(const std::string& folder = "/sys/class/powercap");

  // Joules since then; nothing where no package can be read. Right as long as no counter goes round twice.
  std::optional<double> joules() const;

 private:
  struct Package {
    std::string path;
    long long start_uj;
    long long range_uj;  // the counter begins again after this
  };
  std::vector<Package> packages_;
};

}  // namespace sotto::base
