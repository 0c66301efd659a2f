#include "trainers/guidance/prefix_fixed.h"

#include "trainers/guidance.h"
#include "trainers/piece.h"

namespace rlreason::train::guidance {

const Implement<PrefixFixed, GuidanceFunction> kEntry{
    [](const PrefixFixed& settings) -> GuidanceFunction {
      return [settings](const GuidanceRequest& request) {
        std::vector<double> shares;
        const double gaps =
            request.responses > 1 ? static_cast<double>(request.responses - 1) : 1.0;
        for (int64_t i = 0; i < request.responses; ++i)
          shares.push_back(settings.min +
                           (settings.max - settings.min) * static_cast<double>(i) / gaps);
        return shares;
      };
    }};

}  // namespace rlreason::train::guidance
