// Metrics of an evaluation from its stored facts: n samples of each of N items, c of them right.
//
//   mean_at_k   mean over items of c/n (avg@k)
//   pass_at_k   of every item (draws.h), averaged over items
//
// An unscored sample counts as wrong in all of them and is counted apart, so a broken gold cannot hide.
// Not here: votes and best-of-k (majority.h, best_of.h), all numbers of a suite at once (suite_report.h), intervals
// (intervals.h), reading a store.
// Errors: UserError for n < k and for an empty evaluation.
// Thread safety: pure functions.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/store/records.h"
#include "datasets/prompt.h"
#include "evaluators/draws.h"

namespace rlreason::eval {

struct SampleResult {
  data::Outcome outcome = data::Outcome::unscored;
  std::string answer = {};  // class for the vote, "" abstains
  int64_t length = 0;       // tokens; bytes of a response made elsewhere
  bool truncated = false;
  bool repeated = false;               // its end goes in circles (repetition.h)
  std::optional<double> score = {};    // of a reward model or judge
  bool right() const { return outcome == data::Outcome::right; }
  bool votes() const { return !answer.empty() && !truncated; }
};

struct ItemResults {
  std::string id = {};
  std::string group = {};  // items of one group are not independent (a category, a shared passage); "" when not known
  std::vector<SampleResult> samples = {};
  int64_t right() const;
};

// DataError for an unknown outcome.
std::vector<ItemResults> item_results(const store::EvalFacts& facts);

// The two counts that accuracies need, without the rest of ItemResults.
struct ItemCount {
  std::string_view id = {};  // valid as long as what it was counted from
  int64_t samples = 0, right = 0;
};
std::vector<ItemCount> item_counts(const store::EvalFacts& facts);  // DataError for an unknown outcome
std::vector<ItemCount> item_counts(const std::vector<ItemResults>& items);

// UserError for no item or an item without a sample, and for an item with fewer than k samples.
void require_items(const std::vector<ItemResults>& items);
void require_k(const ItemResults& item, int64_t k);

// One value an item, in the items' order: what intervals and paired differences take.
std::vector<double> item_means(const std::vector<ItemCount>& items);
std::vector<double> item_pass_at_k(const std::vector<ItemCount>& items, int64_t k);
std::vector<double> item_means(const std::vector<ItemResults>& items);
std::vector<double> item_pass_at_k(const std::vector<ItemResults>& items, int64_t k);

// Means over items.
double mean_at_k(const std::vector<ItemResults>& items);
double pass_at_k(const std::vector<ItemResults>& items, int64_t k);

// Reported beside every accuracy; rates over samples.
struct SampleRates {
  int64_t items = 0, samples = 0;
  int64_t min_samples = 0, max_samples = 0;  // of an item
  int64_t right = 0, unscored = 0;
  double unscored_rate = 0, extraction_rate = 0;  // extraction: an answer was found
  double truncation_rate = 0, repetition_rate = 0;
  double mean_length = 0, mean_length_right = 0, mean_length_wrong = 0;  // NaN when there is none
};
SampleRates sample_rates(const std::vector<ItemResults>& items);

}  // namespace rlreason::eval
