#include "sweeps/analysis/scaling_runs.h"

#include <cmath>
#include <map>
#include <set>

#include "core/error.h"
#include "evaluators/metrics.h"
#include "sweeps/analysis/eval_points.h"

namespace rlreason::sweep {
namespace {

using nlohmann::json;
using ItemScores = std::map<std::string, double>;

ItemScores scores_of(const EvalPoint& point) {
  ItemScores scores;
  const std::vector<eval::ItemResults> items = eval::item_results(point.facts);
  const std::vector<double> means = eval::item_means(items);
  for (size_t i = 0; i < items.size(); ++i) scores[items[i].id] = means[i];
  return scores;
}

ScalingCurve curve_of(const std::vector<EvalPoint>& evaluated,
                      const std::map<int64_t, double>& compute) {
  ScalingCurve curve;
  std::vector<ItemScores> scores;
  for (const EvalPoint& point : evaluated) {
    const auto at = compute.find(point.iteration);
    if (point.iteration == 0) curve.measured_r0 = eval::mean_at_k(eval::item_results(point.facts));
    if (point.iteration == 0 || at == compute.end()) continue;
    scores.push_back(scores_of(point));
    curve.points.push_back({.compute = at->second, .items = {}});
    curve.iterations.push_back(point.iteration);
  }
  if (scores.empty()) return curve;
  std::set<std::string> common;
  for (const auto& [item, score] : scores.front()) common.insert(item);
  for (const ItemScores& own : scores)
    std::erase_if(common, [&](const std::string& item) { return !own.contains(item); });
  for (size_t i = 0; i < scores.size(); ++i)
    for (const std::string& item : common) curve.points[i].items.push_back(scores[i].at(item));
  return curve;
}

json law_json(const ScalingLaw& law) {
  return {{"r0", law.r0}, {"a", law.a},       {"c_mid", law.c_mid},
          {"b", law.b},   {"rmse", law.rmse}, {"identified", law.identified}};
}
json bounds_json(const Bounds& bounds) { return {bounds.low, bounds.high}; }

}  // namespace

std::vector<ScalingCurve> scaling_curves(const store::Store& store, const store::RunRow& training,
                                         const std::string& suite, const std::string& axis) {
  const auto evaluated = eval_points(store, training, suite);
  std::map<int64_t, double> compute;
  for (const store::CurvePoint& point : store.curve(training.uid, axis))
    if (std::isfinite(point.value)) compute[point.iteration] = point.value;
  if (compute.empty())
    throw UserError(
        "{}: required the metric '{}' in its step log, it is not there; see 'rlreason "
        "show {}'",
        training.name, axis, training.name);
  std::vector<ScalingCurve> curves;
  for (const auto& [name, points] : evaluated) {
    ScalingCurve curve = curve_of(points, compute);
    if (curve.points.empty()) continue;  // only the first weights were evaluated on it
    curves.push_back(std::move(curve));
    curves.back().run = training.name;
    curves.back().suite = name;
    curves.back().axis = axis;
  }
  if (curves.empty())
    throw UserError(
        "{}: required evaluations along the training{}, it has none; set eval.every for the "
        "training, or run 'rlreason evaluate {} --every-checkpoint'",
        training.name, suite.empty() ? "" : " on " + suite, training.name);
  return curves;
}

json to_json(const ScalingCurve& curve, const ScalingReport& report) {
  json out = {{"run", curve.run},
              {"suite", curve.suite},
              {"axis", curve.axis},
              {"iterations", curve.iterations},
              {"compute", report.compute},
              {"measured", report.measured},
              {"fitted", report.fitted},
              {"law", law_json(report.law)},
              {"intervals",
               {{"r0", bounds_json(report.r0)},
                {"a", bounds_json(report.a)},
                {"c_mid", bounds_json(report.c_mid)},
                {"b", bounds_json(report.b)}}}};
  if (!report.extrapolation) return out;
  const Extrapolation& own = *report.extrapolation;
  out["extrapolation"] = {{"law", law_json(own.law)},
                          {"compute", own.compute},
                          {"measured", own.measured},
                          {"predicted", own.predicted},
                          {"mean_absolute_error", own.mean_absolute_error},
                          {"last", bounds_json(own.last)}};
  return out;
}

}  // namespace rlreason::sweep
