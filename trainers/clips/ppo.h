// PPO's pessimistic clip of the (shaped) ratio, per target [R].
#pragma once

#include <string_view>
#include <tuple>

#include "trainers/catalog/pieces.h"

namespace rlreason::train::clips {

struct PpoClip {
  double low = 0.2, high = 0.2, dual = 0.0;
  static constexpr auto fields() {
    return std::tuple{config::field(&PpoClip::low, "low", "f is clamped to >= 1 - low", config::in(0.0, 1.0)),
                      config::field(&PpoClip::high, "high", "f is clamped to <= 1 + high", config::at_least(0.0)),
                      config::field(&PpoClip::dual, "dual", "with a negative advantage the surrogate is at least dual * A (dual clip, above 1); 0 is off", config::at_least(0.0))};
  }
  static constexpr std::string_view kAxis = "clips", kName = "ppo";
  static constexpr std::string_view kFormula = "surrogate = min(A f, A clamp(f, 1 - low, 1 + high)); max(that, dual A) where A < 0";
  static constexpr std::string_view kSource = "arXiv:1707.06347 eq. 7; high > low is clip-higher, arXiv:2503.14476 §3.1; dual clip arXiv:1912.09729 §3.2";
};
inline const Declare<PpoClip> kPpoClipDeclared;

}  // namespace rlreason::train::clips
