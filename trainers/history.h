// What the iterations so far observed, for schedules that answer to it.  Saved with the checkpoint.  No LibTorch.
//
// One number an iteration; NaN means that the iteration observed nothing of the kind.
// Not here: the run log, which keeps far more and is never read back by training.
#pragma once

#include <cstdint>
#include <functional>
#include <limits>
#include <map>
#include <string>
#include <tuple>
#include <vector>

#include "core/config/field.h"

namespace rlreason::train {

struct History {
  std::vector<double> entropy;     // nats, mean over the policy's tokens
  std::vector<double> solve_rate;  // of the policy's responses
  std::map<std::string, std::vector<double>> loss;  // by component, without its coefficient

  static constexpr auto fields() {
    using config::field, config::any_number;
    return std::tuple{field(&History::entropy, "entropy", "entropy of each iteration, nats", any_number()),
                      field(&History::solve_rate, "solve_rate", "solve rate of each iteration", any_number()),
                      field(&History::loss, "loss", "loss of each component and iteration", any_number())};
  }
};

// The factor of a component in the next iteration.  A pure function, so that a resumed run goes on alike.
using ControllerFunction = std::function<double(const History& history, const std::string& component)>;

}  // namespace rlreason::train
