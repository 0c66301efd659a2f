// A comparison as JSON.
#include <fmt/core.h>

#include <cmath>

#include "sweeps/compare/render.h"
#include "sweeps/compare/words.h"

namespace rlreason::sweep {
namespace {

using nlohmann::json;

json number_or_null(const std::optional<double>& value) {
  return value && std::isfinite(*value) ? json(*value) : json();
}

json interval_json(const MeanInterval& value) {
  return {{"n", value.n},
          {"mean", value.n > 0 ? json(value.mean) : json()},
          {"sd", value.n > 1 ? json(value.sd) : json()},
          {"half_width", number_or_null(value.half_width)}};
}

json difference_json(const Comparison& c, const ComparedRow& row, size_t metric) {
  const RowDifference& d = *row.differences[metric];
  const bool primary = metric == 0;
  json result = interval_json(d.test.difference);
  result["seeds"] = d.seeds;
  result["p"] = d.test.p;
  result["sign_flip_p"] = d.test.sign_flip_p;
  result["detectable"] = number_or_null(d.test.detectable);
  result["verdict"] = verdict(c, row, metric);
  result["exploratory"] = !primary;
  if (primary) result[std::string("p_") + to_string(c.correction)] = d.test.p_adjusted;
  if (d.equivalence_p) result["equivalence_p"] = *d.equivalence_p;
  if (d.by_item) result["by_seed_and_item"] = {d.by_item->low, d.by_item->high};
  return result;
}

json row_json(const Comparison& c, const ComparedRow& row) {
  json values = json::object(), differences = json::object();
  for (size_t m = 0; m < c.metrics.size(); ++m) {
    const std::string name = c.metrics[m].text();
    json value = interval_json(row.values[m].mean);
    value["by_seed"] = json::array();
    for (const auto& seed : row.values[m].by_seed) value["by_seed"].push_back(number_or_null(seed));
    values[name] = value;
    if (row.differences[m]) differences[name] = difference_json(c, row, m);
  }
  return {
      {"label", row.label}, {"values", values}, {"differences", differences}, {"notes", row.notes}};
}

}  // namespace

json to_json(const Comparison& c) {
  json result = {{"name", c.name},
                 {"question", c.question},
                 {"seeds", c.seeds},
                 {"baseline", c.rows[c.baseline].label},
                 {"notes", json::array()},
                 {"footnotes", c.footnotes},
                 {"paragraph", paragraph(c)},
                 {"correction", to_string(c.correction)}};
  for (const Note& note : c.notes)
    result["notes"].push_back({{"rule", note.rule},
                               {"row", note.row},
                               {"sentence", note.sentence},
                               {"waived", note.waived},
                               {"text", fmt::format("{}{}: {}", note.waived ? "allowed: " : "",
                                                    note.rule, note.sentence)}});
  if (c.minimum_effect) result["minimum_effect"] = *c.minimum_effect;
  if (c.equivalence) result["equivalence_margin"] = *c.equivalence;
  result["alpha"] = c.alpha;
  for (const Metric& metric : c.metrics) result["metrics"].push_back(metric.text());
  for (const ComparedRow& row : c.rows) result["rows"].push_back(row_json(c, row));
  result["gates"] = json::array();
  for (const GateResult& gate : c.gates)
    result["gates"].push_back({{"row", gate.gate.row},
                               {"metric", gate.gate.metric},
                               {"value", gate.value},
                               {"passed", gate.passed},
                               {"measured", gate.measured},
                               {"sentence", gate.sentence}});
  result["curves"] = json::array();
  for (const Curve& curve : c.curves)
    result["curves"].push_back({{"row", curve.row},
                                {"seed", curve.seed},
                                {"metric", c.curve.metric},
                                {"axis", curve.axis_is_iterations ? "iteration" : c.curve.axis},
                                {"x", curve.x},
                                {"y", curve.y},
                                {"takeoff", curve.takeoff ? json(*curve.takeoff) : json()}});
  return result;
}

}  // namespace rlreason::sweep
