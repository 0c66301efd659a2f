#include "trainers/clips/none.h"

#include "trainers/piece.h"

namespace rlreason::train::clips {

const Implement<NoClip, ClipFunction> kEntry{[](const NoClip&) -> ClipFunction {
  return [](const Ratio& ratio, const at::Tensor& shaped) {
    return Clipped{.surrogate = ratio.advantage * shaped, .clipped = {}};
  };
}};

}  // namespace rlreason::train::clips
