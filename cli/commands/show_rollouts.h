// What `show RUN --iteration N` prints: rollouts out of a run directory's log, each with verdict, reward parts, advantage.
//
// Texts are model output: everything printed passes terminal::clean.  Errors: UserError without rollouts of that iteration.
#pragma once

#include <cstdint>
#include <nlohmann/json.hpp>
#include <string>

namespace rlreason::cli {

// A text as it is, any other value as JSON.
std::string scalar(const nlohmann::json& value);

// The rows of an iteration as the last attempt that reached it recorded them.
nlohmann::json rollout_rows(const std::string& directory, int64_t iteration);
void print_rollouts(const nlohmann::json& rows);

}  // namespace rlreason::cli
