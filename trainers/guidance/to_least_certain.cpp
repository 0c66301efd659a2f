#include "trainers/guidance/to_least_certain.h"

#include <algorithm>

#include "trainers/guidance.h"
#include "trainers/piece.h"

namespace rlreason::train::guidance {

const Implement<ToLeastCertain, GuidanceFunction> kEntry{
    [](const ToLeastCertain& settings) -> GuidanceFunction {
      return [settings](const GuidanceRequest& request) {
        const auto length = static_cast<double>(request.logprob.size());
        const auto looked_at = static_cast<std::ptrdiff_t>(settings.max * length);
        const auto least =
            std::min_element(request.logprob.begin(), request.logprob.begin() + looked_at);
        // Half a token more, so that the share times the length cuts where it should after rounding down.
        const double before = static_cast<double>(least - request.logprob.begin()) + 0.5;
        return std::vector<double>(static_cast<size_t>(request.responses),
                                   looked_at == 0 ? 0.0 : before / length);
      };
    }};

}  // namespace rlreason::train::guidance
