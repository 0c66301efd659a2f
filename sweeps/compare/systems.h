// Comparing systems over the items of suites: one evaluation each, the item is the unit.
//
// A system is what `evaluate --responses --system NAME` graded, or any evaluation by its run's name.  Pairs are tested on the
// items that both have: difference, exact McNemar with one sample an item, sign flips with several, Holm over all tests
// of the table (pairs x suites), the smallest difference that would be seen, the boundary diagnostics.
// Of several gradings of one system on one suite the newest counts, with a note.
//
// Refused unless allowed by name: unequal items or golds ("incomplete"; then the common items), different verifiers
// ("protocol").  Not here: methods over seeds (comparison.h), layout (systems_render.h).
// Errors: UserError for a name that nothing has; RefusedError as above.
// Thread safety: as Store.
#pragma once

#include <optional>
#include <set>
#include <string>
#include <vector>

#include "core/store/store.h"
#include "evaluators/boundary.h"
#include "evaluators/metrics.h"
#include "evaluators/paired.h"
#include "evaluators/suite_report.h"

namespace rlreason::sweep {

struct SystemEvaluation {
  std::string system;
  store::RunRow run;
  store::EvalFacts facts;
  std::vector<eval::ItemResults> items;
  eval::SuiteReport report;
};

struct DiscordantItem {
  std::string id, gold;
  double share_a = 0, share_b = 0;            // of right samples
  std::string answer_a, answer_b;             // of the first sample
  std::optional<std::string> text_a, text_b;  // the first sample's, for the first `texts` items
};

struct SystemPair {
  std::string a, b, suite;
  eval::PairedComparison test;  // a - b
  double p_holm = 1;
  eval::Boundary boundary;  // a is the base
  std::vector<DiscordantItem> discordant;
};

struct MacroAverage {
  std::string label;  // a system, or "a - b"
  eval::Interval value;
};

struct SystemsComparison {
  std::vector<std::string> systems, suites;
  std::vector<SystemEvaluation> evaluations;  // by suite, then in the order of systems
  std::vector<SystemPair> pairs;
  std::vector<MacroAverage>
      macro;  // with several suites, of systems and pairs that have all of them
  std::vector<std::string> notes;
};

struct SystemsOptions {
  std::string baseline;             // only pairs with this one; empty: all pairs
  std::vector<std::string> suites;  // only these; empty: all
  std::set<std::string> allow;
  int64_t texts = 0;  // discordant items of each pair whose responses are read
};

// Does the store have responses made elsewhere under this name, or a run of them (or of texts judged again)?
bool is_system(const store::Store& store, const std::string& name);
SystemsComparison compare_systems(const store::Store& store, const std::vector<std::string>& names,
                                  const SystemsOptions& options);

}  // namespace rlreason::sweep
