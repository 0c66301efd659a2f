// The ratio plus a multiple of its logarithm.
#pragma once

#include <string_view>
#include <tuple>

#include "trainers/catalog/pieces.h"

namespace rlreason::train::ratio_shaping {

struct RatioPlusLog {
  double weight = 0.1;
  static constexpr auto fields() {
    return std::tuple{config::field(&RatioPlusLog::weight, "weight", "factor on the log-ratio")};
  }
  static constexpr std::string_view kAxis = "ratio_shaping", kName = "ratio_plus_log";
  static constexpr std::string_view kFormula = "f(x) = x + weight * log x";
  static constexpr std::string_view kSource = "LUFFY mix_core_alg.py: p_logp";
};
inline const Declare<RatioPlusLog> kRatioPlusLogDeclared;

}  // namespace rlreason::train::ratio_shaping
