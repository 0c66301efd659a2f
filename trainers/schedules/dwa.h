// Dynamic weights of several objectives: one that converges slowly or unsteadily weighs more.
//
// Over windows of W iterations, with the absolute losses l of each component that has this schedule:
//   convergence = mean of the last W / mean of the W before,  instability = deviation / mean of the last W
//   s = alpha convergence + (1 - alpha) instability,  factor = K softmax(s / temperature), K the number of components
// 1 until 2 W iterations were observed, so the factors of all components always add up to K.
#pragma once

#include <string>
#include <string_view>
#include <tuple>
#include <vector>

#include "trainers/catalog/pieces.h"

namespace rlreason::train::schedules {

struct DynamicWeight {
  std::vector<std::string> components;
  int64_t window = 10;
  double temperature = 5.0;
  double alpha = 0.5;
  static constexpr auto fields() {
    using config::at_least;
    using config::field;
    return std::tuple{field(&DynamicWeight::components, "components", "the components that share the weight, this one among them"),
                      field(&DynamicWeight::window, "window", "iterations of a window", at_least(2)),
                      field(&DynamicWeight::temperature, "temperature", "of the softmax", at_least(1e-6)),
                      field(&DynamicWeight::alpha, "alpha", "share of convergence; instability has the rest", config::in(0.0, 1.0))};
  }
  static constexpr std::string_view kAxis = "schedules", kName = "dwa";
  static constexpr std::string_view kFormula = "factor = K softmax((alpha convergence + (1 - alpha) instability) / temperature)";
  static constexpr std::string_view kSource = "arXiv:2510.21978 (RECAP), window 10, temperature 5, alpha 0.5; the statistics as its README describes them";
  static constexpr std::string_view kNeeds = "history";
};
inline const Declare<DynamicWeight> kDynamicWeightDeclared;

}  // namespace rlreason::train::schedules
