#include "kernels/table.h"

#include <cstdlib>
#include <cstring>

#include "kernels/cpu.h"

namespace sotto::kernels {
namespace {

const IsaChoice& choice() noexcept {
  static const IsaChoice chosen = choose_isa(std::getenv("SOTTO_ISA"));
  return chosen;
}

Table make_table(Isa isa) noexcept {
  Table made{};
  fill_scalar(made);
  fill_scalar_head(made);
#if defined(__x86_64__)
  if (isa >= Isa::kAvx2) {
    fill_avx2(made);
    fill_avx2_head(made);
  }
  if (isa >= Isa::kAvx512Vnni) {
    fill_avx512_vnni(made);
    fill_avx512_head(made);
  }
#endif
  return made;
}

}  // namespace

IsaChoice choose_isa(const char* wanted) noexcept {
  const CpuFeatures& has = cpu_features();
  const Isa best = has.avx512_vnni ? Isa::kAvx512Vnni : has.avx2 ? Isa::kAvx2 : Isa::kScalar;
  if (wanted == nullptr || *wanted == '\0') return {best, nullptr};
  if (std::strcmp(wanted, "scalar") == 0) return {Isa::kScalar, nullptr};
  if (std::strcmp(wanted, "avx2") == 0 && has.avx2) return {Isa::kAvx2, nullptr};
  if (std::strcmp(wanted, "avx512_vnni") == 0 && has.avx512_vnni) return {Isa::kAvx512Vnni, nullptr};
  return {best, wanted};
}

const Table* table_for(Isa isa) noexcept {
  static const Table scalar = make_table(Isa::kScalar);
  if (isa == Isa::kScalar) return &scalar;
  if (isa == Isa::kAvx2) {
    static const Table avx2 = cpu_features().avx2 ? make_table(Isa::kAvx2) : Table{};
    return avx2.isa != nullptr ? &avx2 : nullptr;
  }
  static const Table vnni = cpu_features().avx512_vnni ? make_table(Isa::kAvx512Vnni) : Table{};
  return vnni.isa != nullptr ? &vnni : nullptr;
}

const Table& table() noexcept {
  static const Table& chosen = *table_for(choice().isa);
  return chosen;
}

const char* ignored_isa() noexcept { return choice().ignored; }

}  // namespace sotto::kernels
