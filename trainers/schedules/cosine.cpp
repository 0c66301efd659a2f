#include "trainers/schedules/cosine.h"

#include <algorithm>
#include <cmath>
#include <numbers>

#include "trainers/piece.h"

namespace rlreason::train::schedules {

const Implement<Cosine, ScheduleFunction> kEntry{[](const Cosine& settings) -> ScheduleFunction {
  return [settings](int64_t iteration, int64_t iterations) {
    const double rise =
        std::min(1.0, static_cast<double>(iteration + 1) / static_cast<double>(settings.warmup));
    const double half_cosine =
        0.5 * (1.0 + std::cos(std::numbers::pi * static_cast<double>(iteration) /
                              static_cast<double>(iterations)));
    return settings.value * rise * (settings.floor + (1.0 - settings.floor) * half_cosine);
  };
}};

}  // namespace rlreason::train::schedules
