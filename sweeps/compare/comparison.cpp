#include "sweeps/compare/comparison.h"

#include <algorithm>
#include <cmath>
#include <map>

#include "core/error.h"
#include "core/registry.h"
#include "sweeps/compare/refusals.h"
#include "sweeps/compare/rules.h"

namespace rlreason::sweep {
namespace {

using CellKey = std::pair<std::string, uint64_t>;

std::vector<Metric> columns(const ComparisonInput& input, const CompareOptions& options) {
  std::vector<Metric> all;
  std::vector<std::string> suites;
  for (const CellFacts& cell : input.cells)
    for (const auto& [suite, facts] : cell.suites)
      if (std::find(suites.begin(), suites.end(), suite) == suites.end()) suites.push_back(suite);
  std::vector<std::string> texts = input.metrics.empty() ? suites : input.metrics;
  for (const std::string& text : texts) all.push_back(parse_metric(text, "metrics"));
  if (options.suites.empty()) return all;
  std::vector<Metric> chosen;
  for (const std::string& text : options.suites) {
    const Metric wanted = parse_metric(text, "--suites");
    const size_t before = chosen.size();
    for (const Metric& metric : all)
      if (metric == wanted || (wanted.text() == metric.suite)) chosen.push_back(metric);
    if (chosen.size() == before) {
      if (std::find(suites.begin(), suites.end(), wanted.suite) == suites.end())
        throw UserError(
            "--suites: required a suite that was evaluated, '{}' came; did you mean '{}'?", text,
            nearest(wanted.suite, suites));
      chosen.push_back(wanted);
    }
  }
  return chosen;
}

class Builder {
 public:
  Builder(const ComparisonInput& input, const CompareOptions& options)
      : input_(input), options_(options), refusals_(input.name, options.allow) {
    for (const CellFacts& cell : input.cells) cells_[{cell.row, cell.seed}] = &cell;
    result_.name = input.name;
    result_.question = input.question;
    result_.seeds = input.seeds;
    result_.curves = input.curves;
    result_.curve = input.curve;
    result_.base_runs = input.base_runs;
    result_.metrics = columns(input, options);
    result_.minimum_effect = input.minimum_effect;
    result_.equivalence = options.equivalence;
    result_.alpha = input.alpha;
    result_.correction = input.correction;
  }

  Comparison build() {
    const bool nothing = std::all_of(input_.cells.begin(), input_.cells.end(),
                                     [](auto& c) { return c.suites.empty(); });
    if (result_.metrics.empty() || (nothing && options_.allow.contains("incomplete")))
      throw RefusedError("{}: required evaluations in the store, found none; run {}", input_.name,
                         input_.fill_command);
    const std::string baseline = choose_baseline();
    if (baseline == input_.baseline || input_.baseline.empty()) result_.meanings = input_.meanings;
    for (Finding& finding : find_all({input_, result_.metrics, baseline}))
      refusals_.add(std::move(finding));
    refusals_.settle();
    fill_values();
    check_gates();
    result_.notes = refusals_.settle();
    mark_rows();
    result_.footnotes = input_.footnotes;
    fill_differences();
    fill_item_intervals();
    return std::move(result_);
  }

 private:
  const store::EvalFacts* facts(const std::string& row, uint64_t seed,
                                const std::string& suite) const {
    const auto cell = cells_.find(CellKey{row, seed});
    if (cell == cells_.end()) return nullptr;
    const auto found = cell->second->suites.find(suite);
    return found == cell->second->suites.end() || found->second.items.empty() ? nullptr
                                                                              : &found->second;
  }

  void mark_rows() {
    for (size_t n = 0; n < result_.notes.size(); ++n)
      for (ComparedRow& row : result_.rows)
        if (row.label == result_.notes[n].row) row.notes.push_back(n + 1);
  }

  void fill_values() {
    for (const std::string& label : input_.rows) {
      ComparedRow row;
      row.label = label;
      for (const Metric& metric : result_.metrics) {
        RowValue value;
        std::vector<double> there;
        for (uint64_t seed : input_.seeds) {
          const store::EvalFacts* found = facts(label, seed, metric.suite);
          value.by_seed.emplace_back();
          if (found == nullptr) continue;
          const std::optional<double> number = metric_value(metric, *found);
          if (!number || !std::isfinite(*number))
            continue;  // a probe of broken weights is no number
          value.by_seed.back() = number;
          there.push_back(*number);
        }
        value.mean = mean_interval(there, 1 - result_.alpha);
        row.values.push_back(std::move(value));
      }
      result_.rows.push_back(std::move(row));
    }
  }

  std::string choose_baseline() {
    std::string wanted = options_.baseline.empty() ? input_.baseline : options_.baseline;
    if (wanted.empty()) wanted = input_.rows.front();
    const auto found = std::find(input_.rows.begin(), input_.rows.end(), wanted);
    if (found == input_.rows.end())
      throw UserError("--baseline: required the label of a row, '{}' came; did you mean '{}'?",
                      wanted, nearest(wanted, input_.rows));
    result_.baseline = static_cast<size_t>(found - input_.rows.begin());
    return wanted;
  }

  void check_gates() {
    for (const PlanGate& gate : input_.gates) {
      const Metric metric = parse_metric(gate.metric, "gates");
      std::vector<double> values;
      for (uint64_t seed : input_.seeds) {
        const store::EvalFacts* found = facts(gate.row, seed, metric.suite);
        if (found == nullptr) continue;
        if (const auto value = metric_value(metric, *found)) values.push_back(*value);
      }
      GateResult result;
      result.gate = gate;
      const std::string range = gate.min && gate.max
                                    ? fmt::format("between {} and {}", *gate.min, *gate.max)
                                : gate.min ? fmt::format("at least {}", *gate.min)
                                           : fmt::format("at most {}", *gate.max);
      if (values.empty()) {
        result.measured = false;
        result.sentence =
            fmt::format("{} on {}: required {}, it was not measured", gate.row, gate.metric, range);
      } else {
        result.value = mean_interval(values).mean;
        result.passed =
            (!gate.min || result.value >= *gate.min) && (!gate.max || result.value <= *gate.max);
        result.sentence = fmt::format("{} on {}: required {}, measured {:.4g}", gate.row,
                                      gate.metric, range, result.value);
      }
      if (!gate.why.empty()) result.sentence += " (" + gate.why + ")";
      if (!result.passed) refusals_.add({.rule = "gates", .sentence = result.sentence});
      result_.gates.push_back(std::move(result));
    }
  }

  void fill_differences() {
    for (size_t r = 0; r < result_.rows.size(); ++r)
      for (size_t m = 0; m < result_.metrics.size(); ++m)
        result_.rows[r].differences.push_back(r == result_.baseline ? std::nullopt
                                                                    : difference(r, m));
    if (result_.metrics.empty()) return;
    std::vector<double> p_values;
    std::vector<RowDifference*> tested;
    for (ComparedRow& row : result_.rows) {
      if (!row.differences.front() || row.differences.front()->test.difference.n < 2) continue;
      tested.push_back(&*row.differences.front());
      p_values.push_back(tested.back()->test.p);
    }
    const std::vector<double> corrected = adjusted(p_values, result_.correction);
    for (size_t i = 0; i < tested.size(); ++i) tested[i]->test.p_adjusted = corrected[i];
  }

  std::optional<RowDifference> difference(size_t r, size_t m) const {
    RowDifference result;
    std::vector<double> by_seed;
    for (size_t s = 0; s < result_.seeds.size(); ++s) {
      const auto& mine = result_.rows[r].values[m].by_seed[s];
      const auto& theirs = result_.rows[result_.baseline].values[m].by_seed[s];
      if (!mine || !theirs) continue;
      result.seeds.push_back(result_.seeds[s]);
      by_seed.push_back(*mine - *theirs);
    }
    if (by_seed.empty()) return {};
    result.test = paired_test(by_seed, result_.alpha);
    if (m == 0 && options_.equivalence && by_seed.size() > 1)
      result.equivalence_p = equivalence_p(result.test.difference, *options_.equivalence);
    return result;
  }

  // Of the primary metric, in rows whose seeds were all asked the same items.
  void fill_item_intervals() {
    if (result_.metrics.empty()) return;
    std::vector<RowDifference*> of;
    std::vector<ItemDifferences> paired;
    for (size_t r = 0; r < result_.rows.size(); ++r) {
      std::optional<RowDifference>& difference = result_.rows[r].differences.front();
      if (!difference) continue;
      ItemDifferences by_item;
      for (const uint64_t seed : difference->seeds) by_item.push_back(item_differences(r, seed));
      if (std::any_of(by_item.begin(), by_item.end(), [](auto& items) { return items.empty(); }))
        continue;
      of.push_back(&*difference);
      paired.push_back(std::move(by_item));
    }
    const std::vector<Interval> intervals = two_level_bootstraps(paired);
    for (size_t i = 0; i < of.size(); ++i) of[i]->by_item = intervals[i];
  }

  // Kept, because those of the baseline are asked for beside every row.
  const std::vector<ItemValue>& primary_items(size_t r, uint64_t seed) {
    const Metric& metric = result_.metrics.front();
    const store::EvalFacts* found = facts(result_.rows[r].label, seed, metric.suite);
    const auto [items, added] = primary_items_.try_emplace(found);
    if (added) items->second = item_values(metric, *found);
    return items->second;
  }

  // Per item of the primary metric; empty when the items are not the same.
  std::vector<double> item_differences(size_t r, uint64_t seed) {
    const auto& mine = primary_items(r, seed);
    const auto& theirs = primary_items(result_.baseline, seed);
    std::map<std::string, double> baseline;
    for (const ItemValue& item : theirs) baseline[item.id] = item.value;
    std::vector<double> differences;
    for (const ItemValue& item : mine)
      if (const auto found = baseline.find(item.id); found != baseline.end())
        differences.push_back(item.value - found->second);
    return differences.size() == mine.size() && mine.size() == theirs.size()
               ? differences
               : std::vector<double>{};
  }

  const ComparisonInput& input_;
  const CompareOptions& options_;
  Refusals refusals_;
  std::map<CellKey, const CellFacts*> cells_;
  std::map<const store::EvalFacts*, std::vector<ItemValue>> primary_items_;
  Comparison result_;
};

}  // namespace

Comparison compare(const ComparisonInput& input, const CompareOptions& options) {
  return Builder(input, options).build();
}

}  // namespace rlreason::sweep
