#include "trainers/clips/none.h"

#include "trainers/piece.h"

namespace rlreason::train::clips {

const Implement<NoClip, ClipFunction> kEntry{[](const NoClip&) -> ClipFunction {
  return [](const at::Tensor& advantage, const at::Tensor& shaped) {
    return Clipped{.surrogate = advantage * shaped, .clipped = {}};
  };
}};

}  // namespace rlreason::train::clips
