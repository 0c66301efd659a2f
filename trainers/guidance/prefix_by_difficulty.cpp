#include "trainers/guidance/prefix_by_difficulty.h"

#include <algorithm>

#include "trainers/guidance.h"
#include "trainers/piece.h"

namespace rlreason::train::guidance {

const Implement<PrefixByDifficulty, GuidanceFunction> kEntry{
    [](const PrefixByDifficulty& settings) -> GuidanceFunction {
      return [settings](const GuidanceRequest& request) {
        const double middle =
            settings.min + (settings.max - settings.min) * (1.0 - request.solve_rate);
        std::vector<double> shares;
        for (int64_t i = 0; i < request.responses; ++i)
          shares.push_back(std::clamp(
              middle + settings.noise * (2.0 * request.random->uniform() - 1.0), 0.0, 1.0));
        return shares;
      };
    }};

}  // namespace rlreason::train::guidance
