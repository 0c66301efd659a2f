#include "trainers/schedules/linear.h"

#include <algorithm>

#include "trainers/piece.h"

namespace rlreason::train::schedules {

const Implement<Linear, ScheduleFunction> kEntry{[](const Linear& settings) -> ScheduleFunction {
  return [settings](int64_t iteration, int64_t) {
    const double done =
        static_cast<double>(iteration - settings.begin) / static_cast<double>(settings.iterations);
    return settings.from + (settings.to - settings.from) * std::clamp(done, 0.0, 1.0);
  };
}};

}  // namespace rlreason::train::schedules
