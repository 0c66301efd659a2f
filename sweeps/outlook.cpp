#include "sweeps/outlook.h"

#include <algorithm>
#include <set>
#include <tuple>

#include "core/terminal/text.h"
#include "sweeps/compare/statistics.h"
#include "sweeps/run_files.h"

namespace rlreason::sweep {
namespace {

using nlohmann::json;

constexpr size_t kNewest = 20;  // past runs looked at
constexpr double kPower = 0.8;

struct PastRun {
  double seconds = 0;
  int64_t iterations = 0;
  double iteration_s = 0;  // of one, where it was recorded
  json config;
};

double median(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  const size_t n = values.size();
  return n % 2 == 1 ? values[n / 2] : (values[n / 2 - 1] + values[n / 2]) / 2;
}

int64_t iterations_of(const json& config) {
  const json::json_pointer path("/update/iterations");
  return config.is_object() && config.contains(path) && config[path].is_number()
             ? config[path].get<int64_t>()
             : 0;
}
// A run starts once, whatever its length: only what its iterations took is scaled.
double scaled(const PastRun& run, int64_t iterations) {
  const auto done = static_cast<double>(run.iterations), wanted = static_cast<double>(iterations);
  const double in_iterations = run.iteration_s * done;
  if (run.iteration_s > 0 && in_iterations <= run.seconds)
    return run.seconds - in_iterations + run.iteration_s * wanted;
  return run.seconds * wanted / done;
}
json until_of(const json& config) {
  const json::json_pointer path("/update/until_tokens");
  return config.is_object() && config.contains(path) ? config[path] : json();
}

class Past {
 public:
  explicit Past(const store::Store* store) : store_(store) {}

  // Seconds of a run like this one, and how many runs say so; nothing when there is none.
  std::optional<std::pair<double, int64_t>> seconds_of(const train::RunSpec& spec) {
    if (store_ == nullptr) return {};
    const std::string kind = kind_name(spec.kind);
    std::vector<double> found;
    for (const PastRun& run : runs(kind, spec.recipe, spec.setting)) {
      if (spec.kind == train::RunKind::evaluate) {
        if (run.config.value("suites", json()) == spec.config.value("suites", json()))
          found.push_back(run.seconds);
        continue;
      }
      const int64_t wanted = iterations_of(spec.config);
      const bool by_tokens = until_of(spec.config).is_number() && until_of(spec.config) != 0;
      if (until_of(run.config) != until_of(spec.config)) continue;
      if (wanted > 0 && run.iterations > 0 && !by_tokens)
        found.push_back(scaled(run, wanted));
      else
        found.push_back(run.seconds);
    }
    if (found.empty()) return {};
    return std::pair{median(found), static_cast<int64_t>(found.size())};
  }

 private:
  const std::vector<PastRun>& runs(const std::string& kind, const std::string& recipe,
                                   const std::string& setting) {
    const auto key = std::tuple{kind, recipe, setting};
    if (const auto known = known_.find(key); known != known_.end()) return known->second;
    store::RunFilter filter;
    filter.kind = kind;
    filter.recipe = recipe;
    filter.setting = setting;
    filter.state = store::RunState::done;
    std::vector<PastRun>& own = known_[key];
    for (const store::RunRow& row : store_->runs(filter)) {
      if (own.size() == kNewest) break;
      const store::RunDetail detail = store_->detail(row.uid);
      double ms = 0;  // a paused run's pause is no cost
      for (const store::AttemptRow& attempt : detail.attempts)
        if (attempt.started_ms > 0 && attempt.ended_ms > attempt.started_ms)
          ms += static_cast<double>(attempt.ended_ms - attempt.started_ms);
      double iteration_s = 0;
      for (const store::MetricSummary& metric : detail.metrics)
        if (metric.metric == "time/iteration_s" && metric.n > 0) iteration_s = metric.mean;
      if (ms > 0) own.push_back({ms / 1000, row.iteration, iteration_s, detail.config});
    }
    return own;
  }

  const store::Store* store_;
  std::map<std::tuple<std::string, std::string, std::string>, std::vector<PastRun>> known_;
};

PowerOutlook power_of(const ExpandedPlan& plan, const store::Store* store) {
  PowerOutlook power;
  power.seeds = static_cast<int64_t>(plan.plan.seeds.size());
  power.tests = std::max<int64_t>(1, static_cast<int64_t>(plan.plan.recipes.size()) - 1);
  const double alpha = plan.plan.alpha / static_cast<double>(power.tests);
  if (power.seeds >= 2) power.effect = detectable_effect(power.seeds, alpha, kPower);
  if (store == nullptr) return power;
  const std::string metric = primary_metric(plan);
  if (metric.empty()) return power;
  power.spread = paired_spread(read_scores(*store, plan, metric), plan.plan.baseline);
  if (!power.spread) return power;
  if (power.effect > 0) power.detectable = power.effect * power.spread->sd;
  if (!plan.plan.minimum_effect) return power;
  for (int64_t n = 2; n <= 1000; n += n < 30 ? 1 : n / 10)
    if (detectable_effect(n, alpha, kPower) * power.spread->sd <= *plan.plan.minimum_effect) {
      power.seeds_needed = n;
      break;
    }
  return power;
}

std::string power_text(const ExpandedPlan& plan, const PowerOutlook& power,
                       const std::string& metric) {
  if (power.seeds < 2)
    return "power     one seed: no difference can be told from chance; give at least 3 seeds\n";
  std::string text = fmt::format(
      "power     {} seeds, {} comparison{}: 80 % power for a difference of {:.2f} standard "
      "deviations",
      power.seeds, power.tests, power.tests == 1 ? "" : "s", power.effect);
  if (!power.spread)
    return text +
           "\n          that deviation is not known yet: no two finished seeds of a row beside the "
           "baseline\n";
  text += fmt::format(
      "\n          past deviation of a paired difference in {}: {:.4f} ({} rows, {} pairs), so "
      "about {:.4f}",
      metric, power.spread->sd, power.spread->rows, power.spread->pairs,
      power.detectable.value_or(0));
  if (plan.plan.minimum_effect) {
    const bool enough = power.detectable && *power.detectable <= *plan.plan.minimum_effect;
    text += fmt::format(".  asked {}: {}", *plan.plan.minimum_effect,
                        enough ? "enough"
                        : power.seeds_needed
                            ? fmt::format("not enough, {} seeds would be", *power.seeds_needed)
                            : "not enough, nor would 1000 seeds");
  }
  return text + "\n";
}

}  // namespace

Outlook outlook(const ExpandedPlan& plan, const PoolReport& report, const store::Store* store) {
  Outlook result;
  Past past(store);
  for (size_t i = 0; i < plan.graph.specs.size(); ++i) {
    const train::RunSpec& spec = plan.graph.specs[i];
    if (spec.recipe == train::kExisting) continue;
    KindOutlook& kind = result.kinds[kind_name(spec.kind)];
    if (report.nodes[i].state == NodeState::reused) {
      ++kind.reuse;
      continue;
    }
    ++kind.to_run;
    if (const auto seconds = past.seconds_of(spec)) {
      kind.hours += seconds->first / 3600;
      kind.like = std::max(kind.like, seconds->second);
    } else if (spec.kind != train::RunKind::prepare) {
      ++kind.unknown;
    }
  }
  for (const auto& [name, kind] : result.kinds) {
    result.hours += kind.hours;
    result.unknown += kind.unknown;
  }
  result.over_budget = plan.plan.budget_hours && result.hours > *plan.plan.budget_hours;
  result.power = power_of(plan, store);
  return result;
}

std::string outlook_text(const ExpandedPlan& plan, const Outlook& outlook,
                         const std::string& metric) {
  std::string text;
  for (const char* name : {"prepare", "train", "evaluate"}) {
    const auto found = outlook.kinds.find(name);
    if (found == outlook.kinds.end()) continue;
    const KindOutlook& kind = found->second;
    text += fmt::format("{:<9} {:>4} to reuse {:>5} to run", name, kind.reuse, kind.to_run);
    if (kind.to_run > kind.unknown && kind.hours > 0)
      text += fmt::format("   {} (median of up to {} like them)",
                          terminal::format_duration(kind.hours * 3600), kind.like);
    if (kind.unknown > 0)
      text += fmt::format("   {} of unknown cost: nothing like them was run", kind.unknown);
    text += "\n";
  }
  if (plan.plan.budget_hours)
    text += fmt::format("budget    {} h, planned {:.2f} h{}: {}\n", *plan.plan.budget_hours,
                        outlook.hours, outlook.unknown > 0 ? " and what is unknown" : "",
                        outlook.over_budget ? "over it" : "within it");
  text += power_text(plan, outlook.power, metric);
  for (const std::string& note : plan.plan.notes) text += "note      " + note + "\n";
  return text;
}

}  // namespace rlreason::sweep
