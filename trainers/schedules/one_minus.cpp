#include "trainers/schedules/one_minus.h"

#include "core/config/node.h"
#include "trainers/piece.h"

namespace rlreason::train::schedules {

const Implement<OneMinus, ScheduleFunction> kEntry{
    [](const OneMinus& settings) -> ScheduleFunction {
      return
          [other = make_piece<ScheduleFunction>("schedules", config::to_json(settings.of))](
              int64_t iteration, int64_t iterations) { return 1.0 - other(iteration, iterations); };
    }};

}  // namespace rlreason::train::schedules
