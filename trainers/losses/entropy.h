// Entropy bonus: minus the entropy of the next-token distribution, nats.  Needs head statistic entropy.
#pragma once

#include <string_view>
#include <tuple>

#include "trainers/catalog/pieces.h"

namespace rlreason::train::losses {

struct Entropy {
  static constexpr auto fields() { return std::tuple{}; }
  static constexpr std::string_view kAxis = "losses", kName = "entropy";
  static constexpr std::string_view kFormula = "loss = -H";
  static constexpr std::string_view kNeeds = "entropy";
  static constexpr std::string_view kSource = "maximum entropy bonus; LUFFY mix_actor.py: entropy_coeff";
};
inline const Declare<Entropy> kEntropyDeclared;

}  // namespace rlreason::train::losses
