// A share drawn uniformly for each response, or one for all responses of the prompt.
#pragma once

#include <string_view>
#include <tuple>

#include "core/error.h"
#include "trainers/catalog/pieces.h"

namespace rlreason::train::guidance {

struct PrefixRandom {
  double min = 0.0, max = 1.0;
  bool shared = false;
  static constexpr auto fields() {
    return std::tuple{config::field(&PrefixRandom::min, "min", "smallest share", config::in(0.0, 1.0)),
                      config::field(&PrefixRandom::max, "max", "largest share; not below min", config::in(0.0, 1.0)),
                      config::field(&PrefixRandom::shared, "shared", "one share for all responses of the slot")};
  }
  static void check(const PrefixRandom& own) {
    if (own.max < own.min)
      throw UserError("guidance prefix_random: required min <= max, {} and {} came", own.min, own.max);
  }
  static constexpr std::string_view kAxis = "guidance", kName = "prefix_random";
  static constexpr std::string_view kFormula = "share ~ U(min, max)";
  static constexpr std::string_view kSource = "LUFFY mix_vllm_rollout.py: prefix_strategy random, prefix_share_across_samples";
};
inline const Declare<PrefixRandom> kPrefixRandomDeclared;

}  // namespace rlreason::train::guidance
