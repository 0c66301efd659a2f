// Mean over targets of the mini-batch, from global counts: over the component's own, or over all of them (so that two
// components that share the tokens between them add up to one mean).
#pragma once

#include <string>
#include <string_view>
#include <tuple>

#include "trainers/catalog/pieces.h"

namespace rlreason::train::normalizers {

struct TokenMean {
  std::string over = "selected";
  static constexpr auto fields() {
    return std::tuple{config::field(&TokenMean::over, "over", "targets that are counted: the component's own, those it would have without its mask, or all of the mini-batch that its mask keeps",
                                    config::choices({"selected", "unmasked", "all"}))};
  }
  static constexpr std::string_view kAxis = "normalizers", kName = "token_mean";
  static constexpr std::string_view kFormula = "weight = 1 / targets of the mini-batch";
  static constexpr std::string_view kSource = "arXiv:2503.14476 §3.3; LUFFY mix_core_alg.py: masked mean over on and off tokens (over: all)";
};
inline const Declare<TokenMean> kTokenMeanDeclared;

}  // namespace rlreason::train::normalizers
