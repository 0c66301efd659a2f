// Evaluations of the same checkpoint under the same sampling seed that are in the store already: what `--top-up` takes over.
//
// Which of their samples belong to the new evaluation is decided by protocol where they are read (evaluators/cells.h); random
// keys hold no number of samples, so taking them over or drawing them again gives the same facts.
// Errors: StoreError.  Thread safety: as the store.
#pragma once

#include <filesystem>
#include <vector>

#include "core/store/store.h"
#include "sweeps/launch.h"

namespace rlreason::sweep {

// Run directories, oldest first; the node's own is left out, and what somebody declared invalid.
std::vector<std::filesystem::path> earlier_evaluations(const store::Store& store, const train::Graph& graph, size_t node,
                                                       const LaunchOptions& options);

}  // namespace rlreason::sweep
