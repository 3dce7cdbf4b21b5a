#include "kernels/table.h"

#include <cstdlib>
#include <cstring>

#include "kernels/cpu.h"

namespace sotto::kernels {
namespace {

struct Level {
  Isa isa;
  const char* name;
  bool CpuFeatures::* needs;  // nullptr: nothing
  void (*fill)(Table&) noexcept;

  bool is_there() const noexcept { return needs == nullptr || cpu_features().*needs; }
};

// Of this architecture, the best first.
constexpr Level kLevels[] = {
#if defined(__x86_64__)
    {Isa::kAvx512Vnni, "avx512_vnni", &CpuFeatures::avx512_vnni, fill_avx512_vnni},
    {Isa::kAvxVnni, "avx_vnni", &CpuFeatures::avx_vnni, fill_avx_vnni},
    {Isa::kAvx2, "avx2", &CpuFeatures::avx2, fill_avx2},
#elif defined(__aarch64__)
    {Isa::kNeonI8mm, "neon_i8mm", &CpuFeatures::neon_i8mm, fill_neon_i8mm},
    {Isa::kNeonDotprod, "neon_dotprod", &CpuFeatures::neon_dotprod, fill_neon_dotprod},
#endif
    {Isa::kScalar, "scalar", nullptr, fill_scalar},
};

struct Tables {
  Tables() noexcept {
    for (const Level& level : kLevels) {
      if (!level.is_there()) continue;
      Table& table = of_isa[static_cast<int>(level.isa)];
      level.fill(table);
      table.isa = level.name;
    }
  }
  Table of_isa[kIsas] = {};  // without a name: not there
};

const IsaChoice& choice() noexcept {
  static const IsaChoice chosen = choose_isa(std::getenv("SOTTO_ISA"));
  return chosen;
}

}  // namespace

IsaChoice choose_isa(const char* wanted) noexcept {
  const bool any = wanted == nullptr || *wanted == '\0';
  const Level* best = nullptr;
  for (const Level& level : kLevels) {
    if (!level.is_there()) continue;
    if (!any && std::strcmp(wanted, level.name) == 0) return {level.isa, nullptr};
    if (best == nullptr) best = &level;
  }
  return {best->isa, any ? nullptr : wanted};
}

const Table* table_for(Isa isa) noexcept {
  static const Tables tables;
  const Table& table = tables.of_isa[static_cast<int>(isa)];
  return table.isa != nullptr ? &table : nullptr;
}

const Table& table() noexcept {
  static const Table& chosen = *table_for(choice().isa);
  return chosen;
}

const char* ignored_isa() noexcept { return choice().ignored; }

}  // namespace sotto::kernels
