#include "trainers/guidance/prefix_linear.h"

#include <algorithm>

#include "trainers/guidance.h"
#include "trainers/piece.h"

namespace rlreason::train::guidance {

const Implement<PrefixLinear, GuidanceFunction> kEntry{
    [](const PrefixLinear& settings) -> GuidanceFunction {
      return [settings](const GuidanceRequest& request) {
        const double done = std::min(
            1.0, static_cast<double>(request.iteration) / static_cast<double>(settings.iterations));
        return std::vector<double>(static_cast<size_t>(request.responses),
                                   settings.max * (1.0 - done));
      };
    }};

}  // namespace rlreason::train::guidance
