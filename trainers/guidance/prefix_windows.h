// A share drawn uniformly from 0 to a bound that moves in ten equal windows of iterations, then stays.
#pragma once

#include <algorithm>
#include <cstdint>
#include <string_view>
#include <tuple>

#include "trainers/catalog/pieces.h"

namespace rlreason::train::guidance {

struct PrefixWindows {
  double max = 0.8;
  int64_t iterations = 1000;
  bool rising = false;
  static constexpr auto fields() {
    return std::tuple{config::field(&PrefixWindows::max, "max", "largest bound", config::in(0.0, 1.0)),
                      config::field(&PrefixWindows::iterations, "iterations", "length of the ten windows together", config::at_least(10)),
                      config::field(&PrefixWindows::rising, "rising", "the bound rises from max/10 to max instead of falling")};
  }
  static constexpr std::string_view kAxis = "guidance", kName = "prefix_windows";
  static constexpr std::string_view kFormula =
      "share ~ U(0, b), b = max (10 - w) / 10 or max (w + 1) / 10 when rising, w = clamp(ceil(10 i / iterations) - 1, 0, 9)";
  static constexpr std::string_view kSource = "LUFFY mix_vllm_rollout.py: prefix_strategy linear_max, reverse_linear";

  double bound(int64_t iteration) const {
    const int64_t window = std::clamp<int64_t>((10 * iteration + iterations - 1) / iterations - 1, 0, 9);
    return max * static_cast<double>(rising ? window + 1 : 10 - window) / 10.0;
  }
};
inline const Declare<PrefixWindows> kPrefixWindowsDeclared;

}  // namespace rlreason::train::guidance
