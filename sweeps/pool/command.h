// A small program of somebody else's (sbatch, squeue, nvidia-smi): run without a shell, its answer as text.
//
// Errors: UserError with the program's last words when it cannot be started, ends badly, or says nothing for a minute.
// Thread safety: pure functions.
#pragma once

#include <optional>
#include <string>
#include <vector>

namespace rlreason::sweep {

std::string run_command(const std::vector<std::string>& argv);
std::optional<std::string> try_command(
    const std::vector<std::string>& argv);  // nothing when it fails or is absent

}  // namespace rlreason::sweep
