// A straight line from 0 to a peak, half a cosine down to a valley, then the valley; lengths in iterations, whatever the
// length of the run.
#pragma once

#include <cstdint>
#include <string_view>
#include <tuple>

#include "trainers/catalog/pieces.h"

namespace rlreason::train::schedules {

struct WarmupCosine {
  double peak = 0.5, valley = 0.02;
  int64_t warmup = 200, decay = 400;
  static constexpr auto fields() {
    return std::tuple{config::field(&WarmupCosine::peak, "peak", "value after the warm-up"),
                      config::field(&WarmupCosine::valley, "valley", "value after the decay"),
                      config::field(&WarmupCosine::warmup, "warmup", "iterations of the rise; 0 starts at the peak", config::at_least(0)),
                      config::field(&WarmupCosine::decay, "decay", "iterations of the fall; 0 falls at once", config::at_least(0))};
  }
  static constexpr std::string_view kAxis = "schedules", kName = "warmup_cosine";
  static constexpr std::string_view kFormula =
      "factor = peak i / warmup before warmup, then valley + (peak - valley) (1 + cos(pi (i - warmup) / decay)) / 2, then valley";
  static constexpr std::string_view kSource = "Trinity-RFT chord_policy_loss.py: mu schedule (arXiv:2508.11408 §3.2)";
};
inline const Declare<WarmupCosine> kWarmupCosineDeclared;

}  // namespace rlreason::train::schedules
