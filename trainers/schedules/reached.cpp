#include "trainers/schedules/reached.h"

#include <algorithm>

#include "trainers/history.h"
#include "trainers/piece.h"

namespace rlreason::train::schedules {

const Implement<Reached, ControllerFunction> kEntry{
    [](const Reached& settings) -> ControllerFunction {
      return [settings](const History& history, const std::string&) {
        const std::vector<double>& seen =
            settings.metric == "entropy" ? history.entropy : history.solve_rate;
        // Comparisons with NaN are false: an iteration without the observation decides nothing.
        const bool reached = std::any_of(seen.begin(), seen.end(), [&](double value) {
          return settings.side == "at_least" ? value >= settings.bound : value <= settings.bound;
        });
        return reached ? settings.after : settings.before;
      };
    }};

}  // namespace rlreason::train::schedules
