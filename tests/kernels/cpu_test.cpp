#include "kernels/cpu.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>
#include <sstream>
#include <string>
#include <string_view>
#include <vector>

#include "kernels/table.h"

namespace sotto::kernels {
namespace {

// The kernel's own list of this processor's features; on an emulated one, what its maker says of it.
bool system_lists(const std::string& flag) {
  if (const char* cpu = std::getenv("QEMU_CPU")) {
    const bool dotprod = std::string_view(cpu) != "cortex-a53", i8mm = std::string_view(cpu) == "max";
    return flag == "asimddp" ? dotprod : flag == "i8mm" && i8mm;
  }
  std::ifstream file("/proc/cpuinfo");
  for (std::string line; std::getline(file, line);) {
    if (line.rfind("flags", 0) != 0 && line.rfind("Features", 0) != 0) continue;
    std::istringstream words(line);
    for (std::string word; words >> word;) {
      if (word == flag) return true;
    }
    return false;
  }
  return false;
}

struct KnownLevel {
  const char* name;
  Isa isa;
  bool is_there;
};

// The best first.
std::vector<KnownLevel> known_levels() {
  const CpuFeatures& has = cpu_features();
  return {{"avx512_vnni", Isa::kAvx512Vnni, has.avx512_vnni},
          {"avx_vnni", Isa::kAvxVnni, has.avx_vnni},
          {"avx2", Isa::kAvx2, has.avx2},
          {"neon_i8mm", Isa::kNeonI8mm, has.neon_i8mm},
          {"neon_dotprod", Isa::kNeonDotprod, has.neon_dotprod},
          {"scalar", Isa::kScalar, true}};
}

TEST(Cpu, AgreesWithTheSystem) {
  const CpuFeatures& has = cpu_features();
  EXPECT_EQ(has.avx2, system_lists("avx2") && system_lists("bmi2") && system_lists("fma") && system_lists("f16c"));
  EXPECT_EQ(has.avx_vnni, has.avx2 && system_lists("avx_vnni"));
  EXPECT_EQ(has.avx512_vnni, has.avx2 && system_lists("avx512f") && system_lists("avx512bw") &&
                                 system_lists("avx512vl") && system_lists("avx512dq") && system_lists("avx512_vnni"));
  EXPECT_EQ(has.neon_dotprod, system_lists("asimddp"));
  EXPECT_EQ(has.neon_i8mm, has.neon_dotprod && system_lists("i8mm"));
}

TEST(Cpu, TablesExistForWhatThereIs) {
  EXPECT_EQ(known_levels().size(), std::size_t{kIsas});
  for (const KnownLevel& level : known_levels()) {
    const Table* table = table_for(level.isa);
    ASSERT_EQ(table != nullptr, level.is_there) << level.name;
    if (level.is_there) {
      EXPECT_STREQ(table->isa, level.name);
    }
  }
}

void expect_choice(const char* wanted, Isa isa, bool obeyed) {
  const IsaChoice choice = choose_isa(wanted);
  EXPECT_EQ(choice.isa, isa) << wanted;
  EXPECT_EQ(choice.ignored, obeyed ? nullptr : wanted);
}

TEST(Cpu, SaysWhichLevelWasAskedForInVain) {
  Isa best = Isa::kScalar;
  for (const KnownLevel& level : known_levels()) {
    if (level.is_there && best == Isa::kScalar) best = level.isa;
  }
  expect_choice(nullptr, best, true);
  expect_choice("", best, true);
  expect_choice("nonsense", best, false);
  expect_choice("AVX2", best, false);
  for (const KnownLevel& level : known_levels())
    expect_choice(level.name, level.is_there ? level.isa : best, level.is_there);
}

}  // namespace
}  // namespace sotto::kernels
