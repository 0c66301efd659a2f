// Tables that several commands print: one suite's report, the agreement of two graders.
//
// Not here: the numbers (evaluators/suite_report.h, agreement.h).
// Thread safety: pure functions.
#pragma once

#include <string>

#include "evaluators/agreement.h"
#include "evaluators/suite_report.h"

namespace rlreason::cli {

std::string report_text(const eval::SuiteReport& report);
// "ours" is this program's verdict; `other` names the other side in words.
std::string agreement_text(const eval::Agreement& agreement, const std::string& other,
                           size_t most = 20);

}  // namespace rlreason::cli
