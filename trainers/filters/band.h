// Keeps groups whose share of right answers among the policy's scored responses is inside a band.  A group without such
// responses (demonstrations alone) is kept.
#pragma once

#include <string_view>
#include <tuple>

#include "trainers/catalog/pieces.h"

namespace rlreason::train::filters {

struct SolveRateBand {
  double low = 0.2, high = 0.8;
  bool strict = false;
  static constexpr auto fields() {
    return std::tuple{config::field(&SolveRateBand::low, "low", "least share of right answers", config::in(0.0, 1.0)),
                      config::field(&SolveRateBand::high, "high", "largest share of right answers", config::in(0.0, 1.0)),
                      config::field(&SolveRateBand::strict, "strict", "the bounds themselves are outside: with 0 and 1, some right and some wrong")};
  }
  static constexpr std::string_view kAxis = "filters", kName = "band";
  static constexpr std::string_view kFormula = "kept = low <= right / scored <= high; < with strict";
  static constexpr std::string_view kSource = "arXiv:2504.03380 §3 (online difficulty filtering); arXiv:2503.14476 eq. 11 (0 to 1, strict)";
};
inline const Declare<SolveRateBand> kSolveRateBandDeclared;

}  // namespace rlreason::train::filters
