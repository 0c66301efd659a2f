#include "trainers/masks/none.h"

#include "trainers/piece.h"

namespace rlreason::train::masks {

const Implement<NoMask, MaskFunction> kEntry{[](const NoMask&) -> MaskFunction {
  return [](const Streams&, const std::vector<double>&) { return at::Tensor(); };
}};

}  // namespace rlreason::train::masks
