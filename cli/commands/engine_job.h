// One job for rlreason-engine in a folder of its own: files in, one file out, the folder removed whatever happens.
//
// Not here: runs (sweeps/launch.h).
// Errors: an Error with the engine's exit code and no sentence, since the engine has said what happened; DiskError.
#pragma once

#include <map>
#include <nlohmann/json.hpp>
#include <string>

namespace rlreason::cli {

// Runs `rlreason-engine COMMAND --job FOLDER` on job.json and `files` (name -> content); returns the file `output`.
std::string run_engine_job(const std::string& command, const nlohmann::json& job,
                           const std::map<std::string, std::string>& files,
                           const std::string& output);

}  // namespace rlreason::cli
