// Every number of one suite's evaluation that is shown, from its stored facts: what `evaluate` prints and `compare` lines up.
//
//   accuracy   mean_at_k with its interval: Wilson with one sample an item, clustered by item with several
//   by_group   the same value with the groups (categories) as clusters, where items have them
//   curve      at k = 1, 2, 4, ... n: pass@k, maj@k, pass^k, G-Pass@k at tau 0.5 and 0.75, mG-Pass@k, and best-of-k where
//              every sample has a score.  n is the least number of samples of an item
//   intervals  at k = n: bootstrap of problems (BCa, 10,000 resamples, seed 0) for pass@k, maj@k and best-of-k; none with
//              one sample an item, where they equal the accuracy
//
// Not here: how a number is computed (metrics.h, draws.h, majority.h, best_of.h, intervals.h, bootstrap.h), layout.
// Errors: UserError for an evaluation without items.
// Thread safety: pure functions.
#pragma once

#include <cstdint>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "core/store/records.h"
#include "evaluators/intervals.h"
#include "evaluators/metrics.h"

namespace rlreason::eval {

struct CurvePointAtK {
  int64_t k = 1;
  double pass = 0, maj = 0, pass_all = 0, g_pass_50 = 0, g_pass_75 = 0, mean_g_pass = 0;
  std::optional<double> best;
};

struct SuiteReport {
  std::string suite;
  SampleRates rates;
  Interval accuracy;
  std::string interval_method;  // wilson, clustered
  std::optional<Interval> by_group;
  int64_t groups = 0;
  std::vector<CurvePointAtK> curve;
  std::optional<Interval> pass, maj, best;  // at k = n
  double tie_rate = 0;
};

SuiteReport suite_report(const std::string& suite, const std::vector<ItemResults>& items);
// {suite, n, samples, samples_per_item, accuracy, interval: [low, high], interval_method, standard_error, pass_at_k: {"1":},
//  maj_at_k, best_of_k?, pass_all_at_k, g_pass_at_k: {"0.5":, "0.75":, "mean":}, ..., rates}
nlohmann::json to_json(const SuiteReport& report);

}  // namespace rlreason::eval
