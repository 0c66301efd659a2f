// Which instruction set the CPU kernels use: chosen once at run time, capped by RLREASON_ISA=baseline|avx2|avx512.
//
// Every `*_cpu.cpp` is compiled three times (x86-64-v2, v3, v4) into its own namespace; the contract headers' functions call
// the active one.  Results are bit-identical for an equal instruction set, whatever the thread count.
// Errors: UserError for an unknown value of RLREASON_ISA.  A cap above what the machine can do is no error.
// Thread safety: active_isa from any thread; set_active_isa only while no kernel runs (tests).
#pragma once

#include <string_view>

namespace rlreason::engine {

enum class Isa { baseline, avx2, avx512 };

constexpr std::string_view to_string(Isa isa) {
  return isa == Isa::avx512 ? "avx512" : isa == Isa::avx2 ? "avx2" : "baseline";
}

Isa machine_isa();  // the best this processor and operating system support
Isa active_isa();
void set_active_isa(Isa isa);  // REQUIRES: isa <= machine_isa()

}  // namespace rlreason::engine
