// The `search` block of a plan: points of a space that are tried one after the other, each a further row (a trial).
//
//   search:
//     method: tpe                     # or random, sobol
//     trials: 24
//     space: {update.lr: {low: 1e-5, high: 1e-3, scale: log}}
//     metric: rollout/solve_rate      # a curve of the training, or a metric of a suite as in `metrics`
//     halving: {first: 10, factor: 3} # 24 trials to iteration 10, 8 to 30, 2 to 90, ... to the end
//
// Trials are in the store (core/store/trials.h), so that a plan with a search has other rows as it goes on.
// Not here: which points come next and which trials go on (search/search.h), running them (search/search_run.h).
// Errors: UserError with file:line.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <tuple>

#include "core/config/field.h"
#include "core/config/node.h"

namespace rlreason::sweep {

// Successive halving (Jamieson and Talwalkar, arXiv:1502.07943): of the trials that reach a rung the best 1/factor go on.
struct PlanHalving {
  int64_t first = 0;
  int64_t factor = 3;

  static constexpr auto fields() {
    using config::field;
    return std::tuple{
        field(&PlanHalving::first, "first", "iterations to the first rung", config::at_least(1))
            .required(),
        field(&PlanHalving::factor, "factor",
              "a rung is so many times as far as the one before, and so many times fewer trials pass it",
              config::in(2, 100))};
  }
};

struct PlanSearch {
  std::string method = "tpe";
  int64_t trials = 0;
  uint64_t seed = 0;
  config::Node space;
  std::string metric;
  std::string goal = "maximize";
  int64_t average = 1;
  int64_t startup = 8;
  int64_t batch = 4;
  std::optional<PlanHalving> halving;

  static constexpr auto fields() {
    using config::field;
    return std::tuple{
        field(&PlanSearch::method, "method",
              "tree-structured Parzen estimator, scrambled Sobol points, or independent draws",
              config::choices({"tpe", "sobol", "random"})),
        field(&PlanSearch::trials, "trials", "how many points; a larger number later goes on",
              config::at_least(1))
            .required(),
        field(&PlanSearch::seed, "seed", "of the points, not of the runs"),
        field(&PlanSearch::space, "space",
              "{path: [choices]} or {path: {low, high, scale: linear|log, integer}}")
            .required(),
        field(&PlanSearch::metric, "metric",
              "a curve of the training (with a slash), or SUITE, SUITE@K, SUITE:FLAG; default: the "
              "plan's primary metric"),
        field(&PlanSearch::goal, "goal", "which values are good",
              config::choices({"maximize", "minimize"})),
        field(&PlanSearch::average, "average", "a curve's value is the mean of so many last points",
              config::at_least(1)),
        field(&PlanSearch::startup, "startup", "tpe: points drawn evenly before any is modelled",
              config::at_least(2)),
        field(&PlanSearch::batch, "batch",
              "tpe: points suggested together, from the outcomes of all earlier batches",
              config::at_least(1)),
        field(&PlanSearch::halving, "halving", "end most trials early")};
  }
};

}  // namespace rlreason::sweep
