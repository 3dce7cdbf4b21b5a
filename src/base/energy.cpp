#include "base/energy.h"

#include <filesystem>
#include <system_error>

#include "base/number_file.h"

namespace sotto::base {
namespace {

// "intel-rapl:0" is a package; "intel-rapl:0:1" a part of one, and the same part may stand under another name.
bool is_package(const std::string& name) {
  return name.starts_with("intel-rapl:") && name.find(':') == name.rfind(':');
}

}  // namespace

EnergyMeter::EnergyMeter(const std::string& folder) {
  std::error_code none;
  for (const auto& entry : std::filesystem::directory_iterator(folder, none)) {
    if (!is_package(entry.path().filename().string())) continue;
    const auto start = read_number(entry.path().string() + "/energy_uj");
    const auto range = read_number(entry.path().string() + "/max_energy_range_uj");
    if (start && range) packages_.push_back({entry.path().string() + "/energy_uj", *start, *range});
  }
}

std::optional<double> EnergyMeter::joules() const {
  if (packages_.empty()) return std::nullopt;
  long long total_uj = 0;
  for (const Package& package : packages_) {
    const auto now = read_number(package.path);
    if (!now) return std::nullopt;
    total_uj += *now >= package.start_uj ? *now - package.start_uj : *now + package.range_uj - package.start_uj;
  }
  return 1e-6 * static_cast<double>(total_uj);
}

}  // namespace sotto::base
