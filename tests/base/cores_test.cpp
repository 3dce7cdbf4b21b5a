#include "base/cores.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <thread>

namespace sotto::base {
namespace {

class Cores : public testing::Test {
 protected:
  Cores() : folder_(testing::TempDir() + "/cores_test") { std::filesystem::remove_all(folder_); }
  ~Cores() override { std::filesystem::remove_all(folder_); }

  void say(int cpu, const std::string& file, long value) const {
    const std::filesystem::path path = folder_ + "/cpu" + std::to_string(cpu) + "/" + file;
    std::filesystem::create_directories(path.parent_path());
    std::ofstream(path) << value;
  }

  std::string folder_;
};

TEST_F(Cores, NoneWhereTheSystemDoesNotSay) { EXPECT_TRUE(efficient_cpus({0, 1}, folder_).empty()); }

TEST_F(Cores, NoneWhereAllAreAlike) {
  for (const int cpu : {0, 1}) say(cpu, "cpufreq/cpuinfo_max_freq", 3'000'000 + 100'000 * cpu);
  EXPECT_TRUE(efficient_cpus({0, 1}, folder_).empty());
}

TEST_F(Cores, TheSlowOnesByClockAmongThoseAllowed) {
  for (const int cpu : {0, 1, 2, 3}) say(cpu, "cpufreq/cpuinfo_max_freq", cpu < 2 ? 5'000'000 : 3'800'000);
  EXPECT_EQ(efficient_cpus({0, 1, 2, 3}, folder_), (std::vector<int>{2, 3}));
  EXPECT_EQ(efficient_cpus({1, 3}, folder_), (std::vector<int>{3}));
  EXPECT_TRUE(efficient_cpus({2, 3}, folder_).empty());
}

TEST_F(Cores, CapacitySaysMoreThanTheClock) {
  for (const int cpu : {0, 1}) {
    say(cpu, "cpufreq/cpuinfo_max_freq", 2'000'000);
    say(cpu, "cpu_capacity", cpu == 0 ? 400 : 1024);
  }
  EXPECT_EQ(efficient_cpus({0, 1}, folder_), (std::vector<int>{0}));
}

TEST(StayOn, HoldsForTheThreadThatAsks) {
  std::thread([] {
    const std::vector<int> all = allowed_cpus();
    ASSERT_FALSE(all.empty());
    EXPECT_TRUE(stay_on({all.back()}));
    EXPECT_EQ(allowed_cpus(), (std::vector<int>{all.back()}));
    EXPECT_FALSE(stay_on({}));
  }).join();
}

}  // namespace
}  // namespace sotto::base
