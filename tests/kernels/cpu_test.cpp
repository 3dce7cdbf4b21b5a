#include "kernels/cpu.h"

#include <gtest/gtest.h>

#include <fstream>
#include <sstream>
#include <string>

#include "kernels/table.h"

namespace sotto::kernels {
namespace {

// The kernel's own list of this processor's features.
bool system_lists(const std::string& flag) {
  std::ifstream file("/proc/cpuinfo");
  for (std::string line; std::getline(file, line);) {
    if (line.rfind("flags", 0) != 0) continue;
    std::istringstream words(line);
    for (std::string word; words >> word;) {
      if (word == flag) return true;
    }
    return false;
  }
  return false;
}

#if defined(__x86_64__)
TEST(Cpu, AgreesWithTheSystem) {
  EXPECT_EQ(cpu_features().avx2, system_lists("avx2") && system_lists("fma") && system_lists("f16c"));
  EXPECT_EQ(cpu_features().avx512_vnni, cpu_features().avx2 && system_lists("avx512f") && system_lists("avx512bw") &&
                                            system_lists("avx512vl") && system_lists("avx512dq") &&
                                            system_lists("avx512_vnni"));
}
#endif

TEST(Cpu, TablesExistForWhatThereIs) {
  EXPECT_NE(table_for(Isa::kScalar), nullptr);
  EXPECT_EQ(table_for(Isa::kAvx2) != nullptr, cpu_features().avx2);
  EXPECT_EQ(table_for(Isa::kAvx512Vnni) != nullptr, cpu_features().avx512_vnni);
}

void expect_choice(const char* wanted, Isa isa, bool obeyed) {
  const IsaChoice choice = choose_isa(wanted);
  EXPECT_EQ(choice.isa, isa) << wanted;
  EXPECT_EQ(choice.ignored, obeyed ? nullptr : wanted);
}

TEST(Cpu, SaysWhichLevelWasAskedForInVain) {
  const CpuFeatures& has = cpu_features();
  const Isa best = has.avx512_vnni ? Isa::kAvx512Vnni : has.avx2 ? Isa::kAvx2 : Isa::kScalar;
  expect_choice(nullptr, best, true);
  expect_choice("", best, true);
  expect_choice("nonsense", best, false);
  expect_choice("AVX2", best, false);
  expect_choice("scalar", Isa::kScalar, true);
  expect_choice("avx2", has.avx2 ? Isa::kAvx2 : best, has.avx2);
  expect_choice("avx512_vnni", best, has.avx512_vnni);
}

}  // namespace
}  // namespace sotto::kernels
