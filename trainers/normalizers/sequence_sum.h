// Sum over each sequence's selected targets, then mean over the sequences that have any: long responses weigh more.
#pragma once

#include <string_view>
#include <tuple>

#include "trainers/catalog/pieces.h"

namespace rlreason::train::normalizers {

struct SequenceSum {
  static constexpr auto fields() { return std::tuple{}; }
  static constexpr std::string_view kAxis = "normalizers", kName = "sequence_sum";
  static constexpr std::string_view kFormula = "weight = 1 / S";
  static constexpr std::string_view kSource = "verl agg_loss: seq-mean-token-sum";
};
inline const Declare<SequenceSum> kSequenceSumDeclared;

}  // namespace rlreason::train::normalizers
