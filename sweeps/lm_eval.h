// Stored evaluations in the shape of lm-evaluation-harness, for tools that read its files.
//
//   results_<date>.json           results {task: {"exact_match,none", "exact_match_stderr,none", "pass@k,none", ...}}, configs,
//                                 versions, n-shot, higher_is_better, n-samples {original, effective}, config, git_hash, date,
//                                 task_hashes, total_evaluation_time_seconds
//   samples_<task>_<date>.jsonl   one line an item: doc_id, doc, target, arguments, resps, filtered_resps, filter, metrics,
//                                 doc_hash, prompt_hash, target_hash, exact_match
//
// exact_match of an item is the share of its right samples, so the mean over lines is the accuracy in results; every sample
// is there, not only the first.  A date's colons are written as hyphens, as there.  Source: EleutherAI/lm-evaluation-harness
// @4e7e0d4 lm_eval/loggers/evaluation_tracker.py.  What we do not know (model arguments, batch size) is null.
// Errors: DataError for an evaluation without texts; DiskError.
// Thread safety: functions without state.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "sweeps/rescore.h"

namespace rlreason::sweep {

// Writes into `directory` (made when absent); returns the files.  `now_ms` dates them.
std::vector<std::filesystem::path> write_lm_eval(const std::vector<StoredEvaluation>& evaluations,
                                                 const std::filesystem::path& directory,
                                                 int64_t now_ms);

}  // namespace rlreason::sweep
