#include "trainers/lr_scales/ess.h"

#include <algorithm>
#include <cmath>

#include "trainers/piece.h"

namespace rlreason::train::lr_scales {

const Implement<EffectiveSampleSize, LrScaleFunction> kEntry{
    [](const EffectiveSampleSize& settings) -> LrScaleFunction {
      return [settings](const std::vector<double>& log_weight) {
        double sum = 0, squares = 0;
        for (const double own : log_weight) {
          const double weight = std::min(std::exp(own), settings.cap);
          sum += weight;
          squares += weight * weight;
        }
        // No sample has any weight left: the smallest size there is.
        const double size = squares > 0 ? sum * sum / squares : 1.0;
        const double relative = size / static_cast<double>(log_weight.size()) / settings.base;
        return std::pow(std::min(1.0, relative), settings.power);
      };
    }};

}  // namespace rlreason::train::lr_scales
