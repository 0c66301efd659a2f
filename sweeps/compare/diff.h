// Two runs side by side: configuration, code, data, machine, and the items on which their evaluations differ.
//
// A run is a training (its evaluation is looked up) or an evaluation.  Outcomes are paired by item over the common items:
// exact McNemar with one sample an item, sign flips with several (evaluators/paired.h).
// Not here: seeds and rows (comparison.h).
// Errors: UserError for names that no run has.
// Thread safety: as Store.
#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "evaluators/paired.h"
#include "sweeps/compare/config_paths.h"
#include "sweeps/compare/facts.h"

namespace rlreason::sweep {

struct SideBySide {
  std::string what, a, b;
  bool same() const { return a == b; }
};

struct SuiteOutcome {
  std::string suite;
  eval::PairedComparison paired;  // b - a
  int64_t lost = 0, won = 0;      // items where b is below, above a
  bool equal_protocols = true;
};

struct RunDiff {
  std::string a, b;  // names
  std::vector<PathDifference> config;
  std::vector<SideBySide> facts;  // seed, code, data, machine
  std::vector<SuiteOutcome> outcomes;
};

RunDiff diff_runs(const store::Store& store, const std::string& a, const std::string& b);
std::string render(const RunDiff& diff);
nlohmann::json to_json(const RunDiff& diff);

}  // namespace rlreason::sweep
