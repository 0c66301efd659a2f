// The subcommands of `runs` that change or take away something: tag, note, export.
//
// Errors: as their store functions.  Thread safety: as cli/command.h.
#pragma once

#include "cli/command.h"

namespace rlreason::cli {

// Adds them to `runs`; the returned function runs the chosen one and says whether there was one.
std::function<bool()> declare_runs_edit(CLI::App& app, const Globals& globals);

}  // namespace rlreason::cli
