// Policy gradient through the log-prob: ratio, shape and clip make a weight that carries no gradient.
#pragma once

#include <string_view>
#include <tuple>

#include "trainers/catalog/pieces.h"

namespace rlreason::train::losses {

struct Reinforce {
  static constexpr auto fields() { return std::tuple{}; }
  static constexpr std::string_view kAxis = "losses", kName = "reinforce";
  static constexpr std::string_view kFormula = "loss = -sg(clip(A, shape(ratio))) logprob";
  static constexpr std::string_view kNeeds = "advantage ratio";
  static constexpr std::string_view kSource = "REINFORCE, Williams 1992; detached weights as in arXiv:2506.13585 eq. 4";
};
inline const Declare<Reinforce> kReinforceDeclared;

}  // namespace rlreason::train::losses
