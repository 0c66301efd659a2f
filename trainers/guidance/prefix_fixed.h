// Shares evenly spaced over the responses of the slot; a single response gets the smallest.
#pragma once

#include <string_view>
#include <tuple>

#include "trainers/catalog/pieces.h"

namespace rlreason::train::guidance {

struct PrefixFixed {
  double min = 0.0, max = 1.0;
  static constexpr auto fields() {
    return std::tuple{config::field(&PrefixFixed::min, "min", "share of the first response", config::in(0.0, 1.0)),
                      config::field(&PrefixFixed::max, "max", "share of the last response", config::in(0.0, 1.0))};
  }
  static constexpr std::string_view kAxis = "guidance", kName = "prefix_fixed";
  static constexpr std::string_view kFormula = "share_i = min + (max - min) i / (n - 1), i < n";
  static constexpr std::string_view kSource = "LUFFY mix_vllm_rollout.py: prefix_strategy fixed (which divides by zero for n = 1)";
};
inline const Declare<PrefixFixed> kPrefixFixedDeclared;

}  // namespace rlreason::train::guidance
