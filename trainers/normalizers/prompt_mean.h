// Mean over the selected targets of all responses to a prompt, then mean over the prompts that have any: prompts weigh the same
// however long their responses are.
#pragma once

#include <string_view>
#include <tuple>

#include "trainers/catalog/pieces.h"

namespace rlreason::train::normalizers {

struct PromptMean {
  static constexpr auto fields() { return std::tuple{}; }
  static constexpr std::string_view kAxis = "normalizers", kName = "prompt_mean";
  static constexpr std::string_view kFormula = "weight = 1 / (P * selected targets of the prompt)";
  static constexpr std::string_view kSource = "arXiv:2510.13786 §3.2 (ScaleRL, prompt-level averaging)";
};
inline const Declare<PromptMean> kPromptMeanDeclared;

}  // namespace rlreason::train::normalizers
