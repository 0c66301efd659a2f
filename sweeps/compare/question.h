// What was asked of a comparison: plan or runs, columns, baseline, waived rules; asked again it gives the same table.
//
// A plan's text is kept with the question, so that a table can be checked after the plan file changed.
// Not here: systems over items (systems.h), documents (report.h).
// Errors: UserError for what does not resolve; what compare() throws.
// Thread safety: as Store.
#pragma once

#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "sweeps/compare/comparison.h"

namespace rlreason::sweep {

struct Question {
  std::vector<std::string> what;       // one plan, or runs
  std::string plan_text, plan_origin;  // of a plan; filled by complete()
  std::string
      made_by;  // the command that made and fills the plan, when it is no file: of `reproduce`
  std::string baseline;
  std::vector<std::string> suites, allow, allow_diff;
  std::string compute_match, correction;  // empty: the plan's
  std::optional<double> minimum_effect, equivalence;
  std::string curve = "rollout/reward", axis = "train/tokens", takeoff;

  bool of_plan() const;
  void complete();              // reads the plan's text when `what` is a plan
  std::string command() const;  // "rlreason compare PLAN --allow code-drift"
  nlohmann::json to_json() const;
  static Question from_json(const nlohmann::json& spec);
};

// A built-in plan's name or a file.
bool is_plan(const std::string& text);

struct Answer {
  ComparisonInput input;
  Comparison comparison;
};
// table_alone: for the numbers alone (facts.h, FactNeeds); exports and reports need the rest.
ComparisonInput read_question(const store::Store& store, const Question& question,
                              bool table_alone = false);
Answer answer(const store::Store& store, const Question& question, bool table_alone = false);

}  // namespace rlreason::sweep
