// Stored responses judged again: by other verifiers (`evaluate --rescore`), or by the same one to see that every stored number
// still comes out (`evaluate --recheck`).
//
//   rescore   each verifier's verdicts become an evaluation of their own (run "<run>-<verifier>", setting "rescored", producer
//             the first run); what was stored is not touched.  Agreement is between every two of them
//   recheck   each response is judged once more by the verifier that the protocol names; outcome, rule, answer, lengths of
//             responses made elsewhere and the counts of every evaluation record must be equal to what is stored
//
// Not here: generating (trainers), judging itself (datasets/verifiers).
// Errors: RefusedError for rescoring what was declared invalid; DataError for an evaluation without texts or damaged texts; UserError for an unknown verifier or a target without
// an evaluation.  Nothing is written before everything is judged.
// Thread safety: as Store.
#pragma once

#include <filesystem>
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "core/store/store.h"
#include "evaluators/agreement.h"
#include "sweeps/finished_evaluation.h"

namespace rlreason::sweep {

struct RescoreOptions {
  unsigned threads = 1;
  std::function<void(size_t done, size_t total)> progress = {};
  bool redo_invalid = false;  // gradings that were declared invalid are set aside and made again
};

// The evaluations that a word means: the newest gradings of a system, or those of a run.
struct StoredEvaluation {
  store::RunRow run;
  store::EvalFacts facts;
};
std::vector<StoredEvaluation> stored_evaluations(const store::Store& store,
                                                 const std::string& target,
                                                 const std::vector<std::string>& suites);

struct Grading {
  std::string name;  // "stored (number@1)", then the verifiers
  std::string run;
  store::EvalFacts facts;
};
struct Rescored {
  std::string suite;
  std::vector<Grading> gradings;  // the stored one first
};
Rescored rescore(const StoredEvaluation& evaluation, const std::vector<std::string>& verifiers,
                 const std::filesystem::path& runs_dir, store::Store& store,
                 const RescoreOptions& options);

// One sample whose verdicts are not all equal, with its gold and its text's end.
struct Flip {
  std::string item, gold;
  int64_t sample = 0;
  std::vector<std::string> outcomes, answers;  // in the order of gradings
};
std::vector<Flip> flips(const StoredEvaluation& evaluation, const Rescored& rescored);

struct Recheck {
  std::string suite, run;
  int64_t samples = 0;
  std::vector<std::string> differences;  // one sentence each
};
Recheck recheck(const StoredEvaluation& evaluation, const RescoreOptions& options);

}  // namespace rlreason::sweep
