// Questions over many runs that tables and searches ask: the best runs, means over seeds, what differs, what varies.
//
// They read summaries and parameters, never curves, so that ten thousand runs are answered at once.
// Errors: UserError (no such run), StoreError.
// Thread safety: as Store.
#pragma once

#include <string>
#include <vector>

#include "core/store/store.h"

namespace rlreason::store {

struct BoardRow {
  std::string uid, recipe;
  uint64_t seed = 0;
  double value = 0;  // the metric's last finite value
};
// By the last value, best first; runs without a finite one are left out.
std::vector<BoardRow> best_runs(const Store& store, const std::string& metric, int64_t limit,
                                bool highest = true);

struct VariantMean {
  std::string experiment, variant;
  int64_t n = 0;                  // runs with a finite value
  double mean = 0, variance = 0;  // unbiased; NaN below two runs
};
// Over the runs of every variant, by experiment, then variant; `experiment` empty: all of them.
std::vector<VariantMean> variant_means(const Store& store, const std::string& metric,
                                       const std::string& experiment = "");

struct ParamDifference {
  std::string path;
  nlohmann::json a, b;  // null: that run does not have it
};
std::vector<ParamDifference> config_difference(const Store& store, const std::string& a,
                                               const std::string& b);

// Paths whose values are not the same in all of these runs, with the number of different ones.
std::vector<std::pair<std::string, int64_t>> varying_params(const Store& store,
                                                            const std::vector<std::string>& uids);

}  // namespace rlreason::store
