#include "trainers/schedules/switch.h"

#include "trainers/piece.h"

namespace rlreason::train::schedules {

const Implement<Switch, ScheduleFunction> kEntry{[](const Switch& settings) -> ScheduleFunction {
  return [settings](int64_t iteration, int64_t) {
    return iteration < settings.at ? settings.before : settings.after;
  };
}};

}  // namespace rlreason::train::schedules
