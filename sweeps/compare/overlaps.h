// Footnotes of a comparison: which evaluated items stand in the data that its rows were trained on.
//
// Read from the manifests of the trainings' datasets and of what they started from (datasets/overlap.h); a dataset that is
// gone, or was never compared with a suite, gives no note.
// Thread safety: reads only.
#pragma once

#include <string>
#include <vector>

#include "core/store/store.h"
#include "sweeps/compare/facts.h"

namespace rlreason::sweep {

std::vector<std::string> overlap_notes(const store::Store& store,
                                       const std::vector<const CellFacts*>& cells);

}  // namespace rlreason::sweep
