// Evaluation curves of trainings as input of the compute-performance law (scaling.h).
//
// Compute is a cumulative metric of the training's step log at the evaluated iteration (train/tokens: tokens generated and
// trained on).  The score of an item is its share of right samples; items that some point lacks are left out.  The first
// weights' evaluation, where there is one, is R_0 and no point: it has no compute.
// Errors: UserError for no evaluations or no such metric.  Thread safety: as the store's.
#pragma once

#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "core/store/store.h"
#include "sweeps/analysis/scaling.h"

namespace rlreason::sweep {

struct ScalingCurve {
  std::string run, suite, axis;
  std::vector<ScalingPoint> points;
  std::vector<int64_t> iterations;    // of the points
  std::optional<double> measured_r0;  // of the first weights
};

// One a suite, or the one that was asked for.
std::vector<ScalingCurve> scaling_curves(const store::Store& store, const store::RunRow& training,
                                         const std::string& suite, const std::string& axis);

nlohmann::json to_json(const ScalingCurve& curve, const ScalingReport& report);

}  // namespace rlreason::sweep
