// Judging responses made elsewhere: items in, stored facts out, in parallel and with the same result for any thread count.
//
// A fact is what evaluators/sampling.* records of its own samples: outcome, rule, reason, answer, length.  The length is in
// bytes, since nobody's tokens are known.  Beside them the flags: given_verdict, given_answer, score, category, repeated.
// Not here: reading (responses.h), storing (sweeps/responses_run.h), agreement of two graders (agreement.h).
// Errors: UserError for an unknown verifier; DataError "file:line" for an item without a gold.
// Thread safety: grade() starts its own threads; progress is called from the calling thread only.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "datasets/prompt.h"
#include "evaluators/responses.h"

namespace rlreason::eval {

// What judging one item needs: from its record, or from the suite's prompt of the same id.
struct GradedQuestion {
  std::string id, gold, category;
  std::vector<std::string> choices;
  data::AnswerOptions options;
};

struct GradedItem {
  GradedQuestion question;
  std::vector<data::Verdict> verdicts;  // one a response
};

// Golds and choices for items whose records have none; DataError names the first record that no prompt has.
void fill_from_prompts(std::vector<GivenItem>& items, const std::vector<data::Prompt>& prompts,
                       const std::string& suite,
                       std::map<std::string, data::AnswerOptions>& options);

struct GradeOptions {
  std::string verifier = "math";
  unsigned threads = 1;
  std::map<std::string, data::AnswerOptions> options =
      {};  // by item, where they differ from the defaults
  std::function<void(size_t done, size_t total)> progress = {};
};
std::vector<GradedItem> grade(const std::vector<GivenItem>& items, const GradeOptions& options);

// The list `items` of an evaluation record: [{id, samples: [{sample, outcome, rule, reason, answer, length, finish, flags}]}].
nlohmann::json facts_json(const std::vector<GivenItem>& items,
                          const std::vector<GradedItem>& graded);

}  // namespace rlreason::eval
