// The same share for every response, falling to 0 along a straight line.
#pragma once

#include <cstdint>
#include <string_view>
#include <tuple>

#include "trainers/catalog/pieces.h"

namespace rlreason::train::guidance {

struct PrefixLinear {
  double max = 0.8;
  int64_t iterations = 1000;
  static constexpr auto fields() {
    return std::tuple{config::field(&PrefixLinear::max, "max", "share in the first iteration", config::in(0.0, 1.0)),
                      config::field(&PrefixLinear::iterations, "iterations", "iteration from which it is 0", config::at_least(1))};
  }
  static constexpr std::string_view kAxis = "guidance", kName = "prefix_linear";
  static constexpr std::string_view kFormula = "share = max (1 - min(i / iterations, 1))";
  static constexpr std::string_view kSource = "LUFFY mix_vllm_rollout.py: prefix_strategy linear with prefix_share_across_samples";
};
inline const Declare<PrefixLinear> kPrefixLinearDeclared;

}  // namespace rlreason::train::guidance
