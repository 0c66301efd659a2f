#include "core/engine/kernels/isa.h"

#include <atomic>
#include <cstdlib>

#include "core/engine/kernels/table.h"
#include "core/error.h"

namespace rlreason::engine {
namespace {

Isa chosen_isa() {
  const char* cap = std::getenv("RLREASON_ISA");
  if (cap == nullptr || *cap == '\0') return machine_isa();
  for (const Isa isa : {Isa::baseline, Isa::avx2, Isa::avx512})
    if (to_string(isa) == cap) return isa < machine_isa() ? isa : machine_isa();
  throw UserError(
      "RLREASON_ISA: required baseline, avx2 or avx512, got '{}'; unset it to use all of the "
      "machine",
      cap);
}

std::atomic<Isa>& active() {
  static std::atomic<Isa> isa{chosen_isa()};
  return isa;
}

}  // namespace

Isa machine_isa() {
  // The x86-64 levels include the operating system's support for the registers.
  if (__builtin_cpu_supports("x86-64-v4")) return Isa::avx512;
  if (__builtin_cpu_supports("x86-64-v3")) return Isa::avx2;
  return Isa::baseline;
}

Isa active_isa() { return active().load(std::memory_order_relaxed); }

void set_active_isa(Isa isa) {
  RLR_ENSURE(isa <= machine_isa(), "{} on a machine with {}", to_string(isa),
             to_string(machine_isa()));
  active().store(isa);
}

template <>
const Kernels<float>& kernels<float>() {
  const Isa isa = active_isa();
  return isa == Isa::avx512 ? avx512::kFloatKernels
         : isa == Isa::avx2 ? avx2::kFloatKernels
                            : baseline::kFloatKernels;
}
template <>
const Kernels<double>& kernels<double>() {
  const Isa isa = active_isa();
  return isa == Isa::avx512 ? avx512::kDoubleKernels
         : isa == Isa::avx2 ? avx2::kDoubleKernels
                            : baseline::kDoubleKernels;
}

}  // namespace rlreason::engine
