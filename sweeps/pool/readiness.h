// Which runs of a graph may start, by the states of those they are made from: what every pool asks in each round.
//
// Not here: how a run is started and how its end is seen (local.h, slurm.h).
// Thread safety: pure functions but skip_lost, which writes the report.
#pragma once

#include <cstddef>

#include "sweeps/pool/local.h"

namespace rlreason::sweep {

// Neither started nor skipped, of this call, and all it is made from is there.
bool is_ready(const train::Graph& graph, const PoolOptions& options, const PoolReport& report, size_t node);
bool any_ready(const train::Graph& graph, const PoolOptions& options, const PoolReport& report);

// Runs that need a failed or skipped one are skipped, with a sentence that names it.
void skip_lost(const train::Graph& graph, PoolReport& report);

}  // namespace rlreason::sweep
