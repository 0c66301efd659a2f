// The verbs of `rlreason compare`, one file each (compare_<name>.cpp); compare.cpp registers them.
#pragma once

#include <utility>

#include "cli/command.h"

namespace rlreason::cli {

// Declares the verb below `compare`; the returned function runs when it was chosen.
using CompareVerb = std::pair<CLI::App*, Run>;
CompareVerb add_compare_verify(CLI::App& compare, const Globals& globals);
CompareVerb add_compare_diff(CLI::App& compare, const Globals& globals);
CompareVerb add_compare_invalidate(CLI::App& compare, const Globals& globals);
CompareVerb add_compare_neutral(CLI::App& compare, const Globals& globals);
CompareVerb add_compare_published(CLI::App& compare, const Globals& globals);

}  // namespace rlreason::cli
