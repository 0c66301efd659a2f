#include "trainers/schedules/constant.h"

#include "trainers/piece.h"

namespace rlreason::train::schedules {

const Implement<Constant, ScheduleFunction> kEntry{
    [](const Constant& settings) -> ScheduleFunction {
      return [value = settings.value](int64_t, int64_t) { return value; };
    }};

}  // namespace rlreason::train::schedules
