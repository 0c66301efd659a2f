// Sum over targets divided by a constant length, mean or sum over all sequences of the mini-batch (selected or not).
#pragma once

#include <string>
#include <string_view>
#include <tuple>

#include "trainers/catalog/pieces.h"

namespace rlreason::train::normalizers {

struct ConstantLength {
  double length = 8192;
  std::string reduce = "mean";
  static constexpr auto fields() {
    return std::tuple{config::field(&ConstantLength::length, "length", "constant in place of the response length; 0 takes rollout.max_new_tokens", config::at_least(0.0)),
                      config::field(&ConstantLength::reduce, "reduce", "over sequences", config::choices({"mean", "sum"}))};
  }
  static constexpr std::string_view kAxis = "normalizers", kName = "constant_length";
  static constexpr std::string_view kFormula = "weight = 1 / (length * S), S = sequences of the mini-batch; without S for reduce: sum";
  static constexpr std::string_view kSource = "arXiv:2503.20783 §3.2 (Dr. GRPO); LUFFY mix_core_alg.py: loss_remove_token_mean";
};
inline const Declare<ConstantLength> kConstantLengthDeclared;

}  // namespace rlreason::train::normalizers
