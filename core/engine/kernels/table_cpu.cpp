#include "core/engine/kernels/cpu_kernels.h"

namespace rlreason::engine::RLR_ISA {
namespace {

template <class T>
constexpr Kernels<T> gather() {
  return {.product_scratch = kProductScratch<T>,
          .packed_size = packed_elements<T>,
          .pack = pack_weight<T>,
          .product = product<T>,
          .rms_norm_forward = rms_norm_forward<T>,
          .rms_norm_backward = rms_norm_backward<T>,
          .rope = rope<T>,
          .swiglu_forward = swiglu_forward<T>,
          .swiglu_backward = swiglu_backward<T>,
          .attention_scratch = attention_scratch<T>,
          .attention_forward = attention_forward<T>,
          .attention_backward = attention_backward<T>,
          .head_forward = head_forward<T>,
          .head_backward = head_backward<T>,
          .adamw = adamw<T>,
          .square_sum = square_sum<T>,
          .add = add<T>};
}

}  // namespace

constexpr Kernels<float> kGatheredFloat = gather<float>();
constexpr Kernels<double> kGatheredDouble = gather<double>();
const Kernels<float> kFloatKernels = kGatheredFloat;
const Kernels<double> kDoubleKernels = kGatheredDouble;

}  // namespace rlreason::engine::RLR_ISA
