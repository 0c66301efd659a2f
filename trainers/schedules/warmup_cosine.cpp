#include "trainers/schedules/warmup_cosine.h"

#include <cmath>
#include <numbers>

#include "trainers/piece.h"

namespace rlreason::train::schedules {

const Implement<WarmupCosine, ScheduleFunction> kEntry{
    [](const WarmupCosine& settings) -> ScheduleFunction {
      return [settings](int64_t iteration, int64_t) {
        if (iteration < settings.warmup)
          return settings.peak * static_cast<double>(iteration) /
                 static_cast<double>(settings.warmup);
        const int64_t fallen = iteration - settings.warmup;
        if (fallen >= settings.decay) return settings.valley;
        const double angle =
            std::numbers::pi * static_cast<double>(fallen) / static_cast<double>(settings.decay);
        return settings.valley + (settings.peak - settings.valley) * 0.5 * (1.0 + std::cos(angle));
      };
    }};

}  // namespace rlreason::train::schedules
