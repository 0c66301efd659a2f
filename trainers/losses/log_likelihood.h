// Cross-entropy on the selected targets; takes no ratio, shape or clip.
#pragma once

#include <string_view>
#include <tuple>

#include "trainers/catalog/pieces.h"

namespace rlreason::train::losses {

struct LogLikelihood {
  static constexpr auto fields() { return std::tuple{}; }
  static constexpr std::string_view kAxis = "losses", kName = "log_likelihood";
  static constexpr std::string_view kFormula = "loss = -logprob";
  static constexpr std::string_view kSource = "maximum likelihood";
};
inline const Declare<LogLikelihood> kLogLikelihoodDeclared;

}  // namespace rlreason::train::losses
