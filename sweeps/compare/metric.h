// A column of a comparison: what is computed from the stored facts of one evaluation of a suite.
//
//   ledger_hard            avg@k: mean over items of the share of right samples (its expectation is pass@1)
//   ledger_hard@8          unbiased pass@8
//   ledger_hard:verbose    mean over samples of the flag `verbose` (true is 1), or the share of those whose flag
//                          first_token_label is "verbose"
//   ledger_hard:first_token_mass   the probe of that name, where the evaluation has one: it comes before a flag
//
// Not here: where facts come from (facts.h), averages over seeds (comparison.h).
// Errors: UserError for text that is not a metric and for pass@k with fewer than k samples.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/store/records.h"

namespace rlreason::sweep {

struct Metric {
  std::string suite;
  int64_t k = 0;     // 0: avg@k
  std::string flag;  // this probe, or the mean of this flag of the samples; empty otherwise
  std::string text() const;
  bool operator==(const Metric&) const = default;
};

Metric parse_metric(std::string_view text, const std::string& where);

struct ItemValue {
  std::string id;
  double value = 0;
};
// One value an item, in the order of the facts (by id).  Empty for a probe, which has none by item, and when no sample has
// the flag.
std::vector<ItemValue> item_values(const Metric& metric, const store::EvalFacts& facts);
// Of the whole evaluation: the probe or the mean over items; nothing when it was not measured.
std::optional<double> metric_value(const Metric& metric, const store::EvalFacts& facts);

}  // namespace rlreason::sweep
