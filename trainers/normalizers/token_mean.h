// Mean over all selected targets of the mini-batch, from global counts.
#pragma once

#include <string_view>
#include <tuple>

#include "trainers/catalog/pieces.h"

namespace rlreason::train::normalizers {

struct TokenMean {
  static constexpr auto fields() { return std::tuple{}; }
  static constexpr std::string_view kAxis = "normalizers", kName = "token_mean";
  static constexpr std::string_view kFormula = "weight = 1 / selected targets of the mini-batch";
  static constexpr std::string_view kSource = "arXiv:2503.14476 §3.3";
};
inline const Declare<TokenMean> kTokenMeanDeclared;

}  // namespace rlreason::train::normalizers
