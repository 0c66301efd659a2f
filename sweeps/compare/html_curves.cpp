// Learning curves and pass@k curves of an HTML report: a small plot a row, the baseline beside it in grey.
#include <fmt/core.h>

#include <algorithm>
#include <cmath>
#include <map>

#include "evaluators/draws.h"
#include "evaluators/metrics.h"
#include "sweeps/compare/html.h"
#include "sweeps/compare/html_plots.h"
#include "sweeps/compare/markup.h"

namespace rlreason::sweep {
namespace {

constexpr size_t kBuckets = 40;

// Means over the runs that have values at a place; the band is from the smallest to the largest of them.
BandCurve banded(const std::map<double, std::vector<double>>& values) {
  BandCurve curve;
  for (const auto& [x, ys] : values) {
    const auto [low, high] = std::minmax_element(ys.begin(), ys.end());
    double sum = 0;
    for (const double y : ys) sum += y;
    curve.x.push_back(x);
    curve.y.push_back(sum / static_cast<double>(ys.size()));
    curve.low.push_back(*low);
    curve.high.push_back(*high);
  }
  return curve;
}

// Each run's mean in each of kBuckets parts of the axis, then over runs; as far as the shortest of them came, since a mean over
// fewer seeds than before would look like learning.
BandCurve learning_curve(const Comparison& c, const std::string& row, double top) {
  std::map<size_t, std::vector<double>> buckets;
  size_t end = kBuckets;
  for (const Curve& curve : c.curves) {
    if (curve.row != row || curve.x.empty()) continue;
    std::map<size_t, std::pair<double, double>> own;
    for (size_t i = 0; i < curve.x.size(); ++i) {
      const double at = top > 0 ? curve.x[i] / top * static_cast<double>(kBuckets) : 0;
      auto& [sum, count] = own[std::min(kBuckets - 1, static_cast<size_t>(std::max(0.0, at)))];
      sum += curve.y[i];
      count += 1;
    }
    for (const auto& [bucket, sum] : own) buckets[bucket].push_back(sum.first / sum.second);
    end = std::min(end, own.rbegin()->first + 1);
  }
  std::map<double, std::vector<double>> values;
  for (const auto& [bucket, means] : buckets)
    if (bucket < end)
      values[(static_cast<double>(bucket) + 0.5) / static_cast<double>(kBuckets) * top] = means;
  return banded(values);
}

BandCurve pass_curve(const ComparisonInput& input, const std::string& row,
                     const std::string& suite) {
  std::map<double, std::vector<double>> values;
  for (const CellFacts& cell : input.cells) {
    const auto found = cell.suites.find(suite);
    if (cell.row != row || found == cell.suites.end() || found->second.items.empty()) continue;
    const std::vector<eval::ItemResults> items = eval::item_results(found->second);
    size_t samples = items.front().samples.size();
    for (const eval::ItemResults& item : items) samples = std::min(samples, item.samples.size());
    if (samples == 0) continue;
    for (const int64_t k : eval::curve_ks(static_cast<int64_t>(samples)))
      values[static_cast<double>(k)].push_back(eval::pass_at_k(items, k));
  }
  return banded(values);
}

std::string plots(const std::vector<std::pair<std::string, BandCurve>>& curves,
                  const std::string& baseline, const CurveFrame& frame) {
  const BandCurve* beside = nullptr;
  for (const auto& [row, curve] : curves)
    if (row == baseline) beside = &curve;
  std::string text = "<div class=\"plots\">\n";
  for (const auto& [row, curve] : curves)
    text += curve_svg(curve, row == baseline ? nullptr : beside, frame, html_escape(row));
  return text + "</div>\n";
}

void fit(const BandCurve& curve, CurveFrame& frame) {
  for (const double x : curve.x) frame.x_high = std::max(frame.x_high, x);
  for (const double y : curve.low) frame.y_low = std::min(frame.y_low, y);
  for (const double y : curve.high) frame.y_high = std::max(frame.y_high, y);
}

}  // namespace

std::string html_learning_curves(const Comparison& c) {
  double top = 0;
  bool iterations = false;
  for (const Curve& curve : c.curves) {
    if (curve.x.empty()) continue;
    top = std::max(top, curve.x.back());
    iterations = iterations || curve.axis_is_iterations;
  }
  if (top <= 0) return "";
  CurveFrame frame{.x_high = 0,
                   .y_low = 0,
                   .y_high = 0,
                   .log_x = false,
                   .x_title = iterations ? "iterations" : "tokens"};
  std::vector<std::pair<std::string, BandCurve>> curves;
  for (const ComparedRow& row : c.rows) {
    BandCurve curve = learning_curve(c, row.label, top);
    if (curve.x.empty()) continue;
    fit(curve, frame);
    curves.emplace_back(row.label, std::move(curve));
  }
  frame.x_high = top;
  if (curves.empty() || !(frame.y_high > frame.y_low)) return "";
  return fmt::format("<section><h2>{} while training</h2>\n", html_escape(c.curve.metric)) +
         plots(curves, c.rows[c.baseline].label, frame) +
         fmt::format(
             "<p class=\"small-print\">Mean over seeds, as far as all have come; the band reaches "
             "from "
             "the lowest to the highest seed; dashed: {}.</p></section>\n",
             html_escape(c.rows[c.baseline].label));
}

std::string html_pass_curves(const Comparison& c, const ComparisonInput& input) {
  const std::string& suite = c.metrics.front().suite;
  CurveFrame frame{.x_high = 1, .y_low = 0, .y_high = 0, .log_x = true, .x_title = "k"};
  std::vector<std::pair<std::string, BandCurve>> curves;
  for (const ComparedRow& row : c.rows) {
    BandCurve curve = pass_curve(input, row.label, suite);
    if (curve.x.size() < 2) continue;
    fit(curve, frame);
    curves.emplace_back(row.label, std::move(curve));
  }
  if (curves.empty()) return "";
  frame.y_high = 1;
  return fmt::format("<section><h2>pass@k on {}</h2>\n", html_escape(suite)) +
         plots(curves, c.rows[c.baseline].label, frame) +
         fmt::format(
             "<p class=\"small-print\">Unbiased pass@k, mean over seeds; the band reaches from the "
             "lowest to the highest seed; dashed: {}.</p></section>\n",
             html_escape(c.rows[c.baseline].label));
}

}  // namespace rlreason::sweep
