// Retries: what stands before the token that the policy was least certain of (the first of them, where several are).
#pragma once

#include <string_view>
#include <tuple>

#include "trainers/catalog/pieces.h"

namespace rlreason::train::guidance {

struct ToLeastCertain {
  double max = 0.9;
  static constexpr auto fields() {
    return std::tuple{config::field(&ToLeastCertain::max, "max", "only the first part of the response is looked at: this share of its tokens",
                                    config::in(0.0, 1.0))};
  }
  static constexpr std::string_view kAxis = "guidance", kName = "to_least_certain";
  static constexpr std::string_view kFormula = "share = argmin_t log p(y_t) / length, over the first max of the tokens";
  static constexpr std::string_view kSource = "stands in for the pivotal step that R3L's reflection names and SCOPE's process reward finds";
};
inline const Declare<ToLeastCertain> kToLeastCertainDeclared;

}  // namespace rlreason::train::guidance
