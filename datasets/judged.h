// Judging the rows of a source: does the gold verify itself, and what is each demonstration worth.
//
// A pure function of the row, so that many rows are judged in parallel and the result does not depend on how.
// Not here: what happens to a bad row (datasets/preparation.h).
// Errors: UserError when a row names no known verifier.  Thread safety: judge() is safe; judge_all() starts its own threads.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "datasets/prepare_config.h"
#include "datasets/readers/rows.h"

namespace rlreason::data {

enum class DemonstrationFault { none, too_long, wrong, unscored };

struct JudgedRow {
  SourceRow row;                            // verifier, split and template filled in; `problem` when it cannot be used
  std::vector<DemonstrationFault> faults;   // one a demonstration
};

JudgedRow judge(const PrepareConfig& config, SourceRow row);
// In order, in parallel.
std::vector<JudgedRow> judge_all(const PrepareConfig& config, std::vector<SourceRow> rows);
// In words, for rejected.jsonl.
std::string describe(DemonstrationFault fault, const Demonstration& demonstration);

}  // namespace rlreason::data
