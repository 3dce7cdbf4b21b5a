#include "base/energy.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

namespace sotto::base {
namespace {

class Energy : public testing::Test {
 protected:
  Energy() : folder_(testing::TempDir() + "/energy_test") {
    std::filesystem::remove_all(folder_);
    std::filesystem::create_directories(folder_);
  }
  ~Energy() override { std::filesystem::remove_all(folder_); }

  void counter(const std::string& name, long long uj, long long range = 1'000'000'000) const {
    std::filesystem::create_directories(folder_ + "/" + name);
    std::ofstream(folder_ + "/" + name + "/energy_uj") << uj;
    std::ofstream(folder_ + "/" + name + "/max_energy_range_uj") << range;
  }

  std::string folder_;
};

TEST_F(Energy, NothingWhereThereIsNoCounter) {
  EXPECT_FALSE(EnergyMeter(folder_).joules());
  EXPECT_FALSE(EnergyMeter(folder_ + "/missing").joules());
}

TEST_F(Energy, AddsPackagesButNotTheirParts) {
  counter("intel-rapl:0", 1'000'000);
  counter("intel-rapl:1", 5'000'000);
  counter("intel-rapl:0:0", 100'000);
  counter("intel-rapl-mmio:0", 100'000);
  const EnergyMeter meter(folder_);
  counter("intel-rapl:0", 3'000'000);
  counter("intel-rapl:1", 5'500'000);
  counter("intel-rapl:0:0", 900'000);
  counter("intel-rapl-mmio:0", 900'000);
  EXPECT_DOUBLE_EQ(meter.joules().value_or(0), 2.5);
}

TEST_F(Energy, ACounterThatBeginsAgain) {
  counter("intel-rapl:0", 9'000'000, 10'000'000);
  const EnergyMeter meter(folder_);
  counter("intel-rapl:0", 500'000, 10'000'000);
  EXPECT_DOUBLE_EQ(meter.joules().value_or(0), 1.5);
}

TEST_F(Energy, NothingOnceACounterIsGone) {
  counter("intel-rapl:0", 1);
  const EnergyMeter meter(folder_);
  std::filesystem::remove_all(folder_ + "/intel-rapl:0");
  EXPECT_FALSE(meter.joules());
}

}  // namespace
}  // namespace sotto::base
