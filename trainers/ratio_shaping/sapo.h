// Soft gate in place of a clip: a sigmoid of the ratio with slope 1 at ratio 1 and its own temperature for each sign of the
// advantage.
#pragma once

#include <string_view>
#include <tuple>

#include "trainers/catalog/pieces.h"

namespace rlreason::train::ratio_shaping {

struct SoftGate {
  double tau_pos = 1.0, tau_neg = 1.05;
  static constexpr auto fields() {
    return std::tuple{config::field(&SoftGate::tau_pos, "tau_pos", "temperature where the advantage is positive", config::at_least(1e-6)),
                      config::field(&SoftGate::tau_neg, "tau_neg", "temperature elsewhere", config::at_least(1e-6))};
  }
  static constexpr std::string_view kAxis = "ratio_shaping", kName = "sapo";
  static constexpr std::string_view kFormula = "f(x) = 4 / tau * sigmoid(tau (x - 1)), tau = tau_pos where A > 0, else tau_neg";
  static constexpr std::string_view kSource = "arXiv:2511.20347 eq. 5-6 (SAPO); verl core_algos.py";
};
inline const Declare<SoftGate> kSoftGateDeclared;

}  // namespace rlreason::train::ratio_shaping
