// The log-ratio in place of the ratio.
#pragma once

#include <string_view>
#include <tuple>

#include "trainers/catalog/pieces.h"

namespace rlreason::train::ratio_shaping {

struct Log {
  double weight = 0.1;
  static constexpr auto fields() {
    return std::tuple{config::field(&Log::weight, "weight", "factor on the log-ratio")};
  }
  static constexpr std::string_view kAxis = "ratio_shaping", kName = "log";
  static constexpr std::string_view kFormula = "f(x) = weight * log x";
  static constexpr std::string_view kSource = "LUFFY mix_core_alg.py: logp";
};
inline const Declare<Log> kLogDeclared;

}  // namespace rlreason::train::ratio_shaping
