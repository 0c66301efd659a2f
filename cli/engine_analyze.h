// rlreason-engine analyze: the engine's part of `rlreason analyze …`.
//
// Job folder: job.json {"what", "quiet", …} in, output.json out.  Errors as of the analysis; DataError for another job.
#pragma once

#include <filesystem>

namespace rlreason {

void run_analyze(const std::filesystem::path& job);

}  // namespace rlreason
