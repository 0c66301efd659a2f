// How far two graders agree on the same samples.
//
//   matrix   [ours][theirs] over right, wrong, unscored
//   rate     equal verdicts / all;  kappa = (rate - chance) / (1 - chance), chance from both margins     Cohen 1960
//
// Not here: who is right (a person decides; the list of disagreements with texts is for that).
// Errors: UserError when there is nothing to compare.
// Thread safety: pure functions.
#pragma once

#include <array>
#include <cstdint>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "core/store/records.h"
#include "datasets/prompt.h"

namespace rlreason::eval {

struct Disagreement {
  std::string item;
  int64_t sample = 0;
  data::Outcome ours = data::Outcome::unscored, theirs = data::Outcome::unscored;
  std::string our_answer, their_answer, our_rule, their_rule;
};

struct Agreement {
  std::array<std::array<int64_t, 3>, 3> matrix = {};  // [ours][theirs], order of data::Outcome
  std::vector<Disagreement> disagreements;
  int64_t count() const;
  int64_t equal() const;
  double rate() const;
  double kappa() const;                // NaN when chance agreement is 1
  void add(const Disagreement& pair);  // equal verdicts too; only unequal ones are listed
};

// Between the stored outcome and the flag given_verdict; samples without the flag are left out.
Agreement agreement_with_given(const store::EvalFacts& facts);
// Between two gradings of the same samples; samples that only one has are left out.
Agreement agreement_between(const store::EvalFacts& ours, const store::EvalFacts& theirs);

nlohmann::json to_json(const Agreement& agreement);

}  // namespace rlreason::eval
