// A comparison as numbers: means over seeds with intervals, paired differences to a baseline, corrections, gates, refusals.
//
//   row value       mean over seeds of the metric of one evaluation, 95 % t interval over seeds
//   difference      row - baseline by seed, paired; t interval and p; exact sign flip; two-level bootstrap over seeds and
//                   items on the primary metric; p_adjusted over the rows (Holm, or Benjamini-Hochberg), primary metric only: other columns are exploratory
//   detectable      the difference that this many seeds would show with 80 % power at 5 %
//
//   equivalence     two one-sided t tests of the primary metric against a margin, where one is given
//
// Refuses before it misleads: what a rule (rules.h) or a gate finds is a RefusedError that names the cell and the command that
// mends it, unless the rule is allowed by name: then a numbered note.
// Not here: reading the store (facts.h), layout and words (render.h, words.h).
#pragma once

#include <optional>
#include <set>
#include <string>
#include <vector>

#include "sweeps/compare/facts.h"
#include "sweeps/compare/metric.h"
#include "sweeps/compare/refusals.h"
#include "sweeps/compare/statistics.h"

namespace rlreason::sweep {

struct RowValue {
  std::vector<std::optional<double>> by_seed;  // in the order of Comparison::seeds
  MeanInterval mean;                           // over the seeds that are there
};

struct RowDifference {
  std::vector<uint64_t> seeds;  // at which both rows are there
  PairedTest test;
  std::optional<Interval> by_item;  // two-level bootstrap; primary metric, items paired by id
  std::optional<double> equivalence_p;  // two one-sided tests against Comparison::equivalence; primary metric
};

struct ComparedRow {
  std::string label;
  std::vector<RowValue> values;                           // by metric
  std::vector<std::optional<RowDifference>> differences;  // by metric; nothing for the baseline
  std::vector<size_t> notes;                              // numbers of Comparison::notes, from 1
};

struct GateResult {
  PlanGate gate;
  double value = 0;
  bool passed = true;  // a gate that was not measured does not refuse; the table says so
  bool measured = true;
  std::string sentence;
};

struct Comparison {
  std::string name, question;
  std::vector<Metric> metrics;
  std::vector<uint64_t> seeds;
  std::vector<ComparedRow> rows;
  size_t baseline = 0;
  std::vector<GateResult> gates;
  std::vector<Curve> curves;
  CurveRequest curve;
  int64_t base_runs = 0;           // of ComparisonInput
  std::vector<std::string> footnotes;  // of ComparisonInput
  std::vector<Note> notes;  // what was allowed although it would have been refused, and what only warns
  std::map<std::string, RowMeaning> meanings;  // of ComparisonInput
  std::optional<double> minimum_effect, equivalence;
  double alpha = 0.05;
  Correction correction = Correction::holm;
};

struct CompareOptions {
  std::string baseline;             // empty: the input's
  std::vector<std::string> suites;  // only the columns of these suites; empty: all
  std::set<std::string> allow;      // rules that become notes (rules.h)
  std::optional<double> equivalence;  // margin of a test that a row is as good as the baseline
};

Comparison compare(const ComparisonInput& input, const CompareOptions& options);

}  // namespace rlreason::sweep
