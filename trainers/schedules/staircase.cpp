#include "trainers/schedules/staircase.h"

#include <algorithm>

#include "trainers/piece.h"

namespace rlreason::train::schedules {

const Implement<Staircase, ScheduleFunction> kEntry{
    [](const Staircase& settings) -> ScheduleFunction {
      return [settings](int64_t iteration, int64_t) {
        const int64_t past = std::max<int64_t>(iteration - settings.after, 0);
        const auto steps = static_cast<double>((past + settings.every - 1) / settings.every);
        return settings.to < settings.from
                   ? std::max(settings.from - settings.step * steps, settings.to)
                   : std::min(settings.from + settings.step * steps, settings.to);
      };
    }};

}  // namespace rlreason::train::schedules
