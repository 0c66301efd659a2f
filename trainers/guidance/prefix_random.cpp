#include "trainers/guidance/prefix_random.h"

#include "trainers/guidance.h"
#include "trainers/piece.h"

namespace rlreason::train::guidance {

const Implement<PrefixRandom, GuidanceFunction> kEntry{
    [](const PrefixRandom& settings) -> GuidanceFunction {
      return [settings](const GuidanceRequest& request) {
        std::vector<double> shares;
        for (int64_t i = 0; i < request.responses; ++i)
          shares.push_back(settings.shared && i > 0 ? shares.front()
                                                    : settings.min + (settings.max - settings.min) *
                                                                         request.random->uniform());
        return shares;
      };
    }};

}  // namespace rlreason::train::guidance
