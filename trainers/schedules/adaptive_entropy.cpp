#include "trainers/schedules/adaptive_entropy.h"

#include <algorithm>
#include <cmath>

#include "trainers/history.h"
#include "trainers/piece.h"

namespace rlreason::train::schedules {

const Implement<AdaptiveEntropy, ControllerFunction> kEntry{
    [](const AdaptiveEntropy& settings) -> ControllerFunction {
      return [settings](const History& history, const std::string&) {
        double coefficient = settings.start;
        bool above = false;
        for (const double entropy : history.entropy) {
          if (std::isnan(entropy)) continue;
          above = entropy > settings.target;
          const double step = above                       ? -settings.step
                              : entropy < settings.target ? settings.step
                                                          : 0.0;
          coefficient = std::clamp(coefficient + step, 0.0, settings.max);
        }
        return above ? 0.0 : coefficient;
      };
    }};

}  // namespace rlreason::train::schedules
