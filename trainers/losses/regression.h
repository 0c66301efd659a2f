// Regression of the sequence's log-ratio on its advantage, the same value on each of its targets: with normalizer sequence_mean
// the mean over sequences of the squares.  Takes a ratio of level seq_sum; its log is not clamped here.  Takes no shape or clip.
#pragma once

#include <string_view>
#include <tuple>

#include "trainers/catalog/pieces.h"

namespace rlreason::train::losses {

struct Regression {
  double beta = 1e-3;
  static constexpr auto fields() {
    return std::tuple{config::field(&Regression::beta, "beta", "factor on the log-ratio", config::at_least(0.0))};
  }
  static constexpr std::string_view kAxis = "losses", kName = "regression";
  static constexpr std::string_view kFormula = "loss = (beta S - A)^2, S = sum of the log-ratios of the sequence";
  static constexpr std::string_view kNeeds = "advantage ratio";
  static constexpr std::string_view kSource = "arXiv:2602.19362 eq. 5 (OAPL); arXiv:2505.20686 (A*-PO)";
};
inline const Declare<Regression> kRegressionDeclared;

}  // namespace rlreason::train::losses
