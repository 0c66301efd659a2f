#include "trainers/schedules/warmup.h"

#include <algorithm>

#include "trainers/piece.h"

namespace rlreason::train::schedules {

const Implement<Warmup, ScheduleFunction> kEntry{[](const Warmup& settings) -> ScheduleFunction {
  return [settings](int64_t iteration, int64_t) {
    return settings.value * std::min(1.0, static_cast<double>(iteration + 1) /
                                              static_cast<double>(settings.iterations));
  };
}};

}  // namespace rlreason::train::schedules
