// Mean over each sequence's selected targets, then mean over the sequences that have any.
#pragma once

#include <string_view>
#include <tuple>

#include "trainers/catalog/pieces.h"

namespace rlreason::train::normalizers {

struct SequenceMean {
  static constexpr auto fields() { return std::tuple{}; }
  static constexpr std::string_view kAxis = "normalizers", kName = "sequence_mean";
  static constexpr std::string_view kFormula = "weight = 1 / (S * selected targets of the sequence)";
  static constexpr std::string_view kSource = "arXiv:2402.03300 eq. 3 (GRPO)";
};
inline const Declare<SequenceMean> kSequenceMeanDeclared;

}  // namespace rlreason::train::normalizers
