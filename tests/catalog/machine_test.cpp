#include "catalog/machine.h"

#include <fstream>

#include <gtest/gtest.h>

namespace sotto::catalog {
namespace {

TEST(Machine, MemoryAsTheSystemSays) {
  std::uint64_t total_kb = 0;
  std::ifstream info("/proc/meminfo");
  std::string key;
  info >> key >> total_kb;
  ASSERT_EQ(key, "MemTotal:");
  Machine machine = measure_machine();
  EXPECT_GT(machine.memory_bytes, 0u);
  EXPECT_LE(machine.memory_bytes, total_kb * 1024);
  EXPECT_LE(machine.memory_available_bytes, machine.memory_bytes);
  EXPECT_GE(machine.threads, 1);
}

TEST(Machine, BandwidthIsPlausible) {
  // The fastest of three: other programs may be busy.
  double speed = 0;
  for (int i = 0; i < 3; ++i) speed = std::max(speed, measure_machine().read_bytes_per_s);
  EXPECT_GT(speed, 2e8);
  EXPECT_LT(speed, 2e12);
  RecordProperty("gigabytes_per_s", std::to_string(speed / 1e9));
}

}  // namespace
}  // namespace sotto::catalog
