#include "evaluators/suite_report.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <set>

#include "evaluators/best_of.h"
#include "evaluators/bootstrap.h"
#include "evaluators/draws.h"
#include "evaluators/majority.h"

namespace rlreason::eval {
namespace {

using nlohmann::json;

double mean_of(const std::vector<double>& values) {
  return std::accumulate(values.begin(), values.end(), 0.0) / static_cast<double>(values.size());
}

template <class Value>
double mean_over(const std::vector<ItemResults>& items, const Value& value) {
  double sum = 0;
  for (const ItemResults& item : items)
    sum += value(static_cast<int64_t>(item.samples.size()), item.right());
  return sum / static_cast<double>(items.size());
}

CurvePointAtK point_at(const std::vector<ItemResults>& items, int64_t k, bool scored) {
  CurvePointAtK point{.k = k, .pass = pass_at_k(items, k), .maj = maj_at_k(items, k), .best = {}};
  point.pass_all = mean_over(items, [k](int64_t n, int64_t c) { return pass_all_at_k(n, c, k); });
  point.g_pass_50 =
      mean_over(items, [k](int64_t n, int64_t c) { return g_pass_at_k(n, c, k, 0.5); });
  point.g_pass_75 =
      mean_over(items, [k](int64_t n, int64_t c) { return g_pass_at_k(n, c, k, 0.75); });
  point.mean_g_pass =
      mean_over(items, [k](int64_t n, int64_t c) { return mean_g_pass_at_k(n, c, k); });
  if (scored) point.best = mean_of(item_best_of_k(items, k));
  return point;
}

Interval resampled(const std::vector<double>& values) {
  return bootstrap_interval({values}, {.method = BootstrapMethod::bca});
}

json number(double value) { return std::isfinite(value) ? json(value) : json(); }
json pair(const Interval& interval) { return {number(interval.low), number(interval.high)}; }

json rates_json(const SampleRates& rates) {
  return {{"right", rates.right},
          {"unscored", rates.unscored},
          {"extraction_rate", number(rates.extraction_rate)},
          {"accuracy_given_extraction",
           number(static_cast<double>(rates.right) /
                  (rates.extraction_rate * static_cast<double>(rates.samples)))},
          {"truncation_rate", number(rates.truncation_rate)},
          {"repetition_rate", number(rates.repetition_rate)},
          {"mean_length", number(rates.mean_length)},
          {"mean_length_right", number(rates.mean_length_right)},
          {"mean_length_wrong", number(rates.mean_length_wrong)}};
}

}  // namespace

SuiteReport suite_report(const std::string& suite, const std::vector<ItemResults>& items) {
  require_items(items);
  SuiteReport report{.suite = suite,
                     .rates = sample_rates(items),
                     .accuracy = mean_interval(items),
                     .interval_method = {},
                     .by_group = {},
                     .curve = {},
                     .pass = {},
                     .maj = {},
                     .best = {}};
  const int64_t n = report.rates.min_samples;
  const bool scored = has_scores(items);
  report.interval_method = report.rates.max_samples == 1 ? "wilson" : "clustered";
  std::vector<std::string> groups;
  for (const ItemResults& item : items) groups.push_back(item.group);
  report.groups = static_cast<int64_t>(std::set(groups.begin(), groups.end()).size());
  if (report.groups > 1) report.by_group = grouped_interval(item_means(items), groups);
  for (const int64_t k : curve_ks(n)) report.curve.push_back(point_at(items, k, scored));
  report.tie_rate = tie_rate(items);
  if (n > 1) {
    report.pass = resampled(item_pass_at_k(items, n));
    report.maj = resampled(item_maj_at_k(items, n));
    if (scored) report.best = resampled(item_best_of_k(items, n));
  }
  return report;
}

json to_json(const SuiteReport& report) {
  json document = {{"suite", report.suite},
                   {"n", report.rates.items},
                   {"samples", report.rates.samples},
                   {"samples_per_item", {report.rates.min_samples, report.rates.max_samples}},
                   {"accuracy", report.accuracy.value},
                   {"interval", pair(report.accuracy)},
                   {"interval_method", report.interval_method},
                   {"standard_error", number(report.accuracy.standard_error)},
                   {"tie_rate", report.tie_rate},
                   {"rates", rates_json(report.rates)}};
  if (report.by_group)
    document["by_group"] = {{"groups", report.groups},
                            {"interval", pair(*report.by_group)},
                            {"standard_error", number(report.by_group->standard_error)}};
  for (const CurvePointAtK& point : report.curve) {
    const std::string k = std::to_string(point.k);
    document["pass_at_k"][k] = point.pass;
    document["maj_at_k"][k] = point.maj;
    document["pass_all_at_k"][k] = point.pass_all;
    document["g_pass_at_k"][k] = {
        {"0.5", point.g_pass_50}, {"0.75", point.g_pass_75}, {"mean", point.mean_g_pass}};
    if (point.best) document["best_of_k"][k] = *point.best;
  }
  if (report.pass) document["pass_at_k_interval"] = pair(*report.pass);
  if (report.maj) document["maj_at_k_interval"] = pair(*report.maj);
  if (report.best) document["best_of_k_interval"] = pair(*report.best);
  return document;
}

}  // namespace rlreason::eval
