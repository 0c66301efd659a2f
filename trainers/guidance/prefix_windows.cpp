#include "trainers/guidance/prefix_windows.h"

#include "trainers/guidance.h"
#include "trainers/piece.h"

namespace rlreason::train::guidance {

const Implement<PrefixWindows, GuidanceFunction> kEntry{
    [](const PrefixWindows& settings) -> GuidanceFunction {
      return [settings](const GuidanceRequest& request) {
        std::vector<double> shares;
        for (int64_t i = 0; i < request.responses; ++i)
          shares.push_back(settings.bound(request.iteration) * request.random->uniform());
        return shares;
      };
    }};

}  // namespace rlreason::train::guidance
