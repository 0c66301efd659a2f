// Checkpoints compared tensor by tensor: behind `rlreason analyze weights`.
//
// job: {"pairs": [{"name", "before", "after"}], "tolerances": [...], "tolerance", "principal", "largest_matrix", "spectra"};
// folders are checkpoints or run directories (their model).
// report: {"tolerances", "tolerance", "principal",
//   "pairs": [{"name", "before", "after", "total": {...}, "types": [{"type", ...}], "tensors": [{"tensor", ...}]}],
//   "overlaps": [{"first", "second", "total": {...}, "types": [{"type", ...}]}]}
// Numbers by tensor: engine/analysis/weight_change.h.  A type pools counts and squares of its tensors and takes the mean of
// what belongs to a matrix.  Overlap of the changed sets I1, I2 among N numbers: share_of_first = |I1 and I2| / |I1| beside
// expected = |I2| / N, what sets of these sizes share by chance; expected_by_tensor draws them within each tensor, so
// that one tensor moving more than another is not taken for overlap.   arXiv:2505.11711
// Tensors are read one by one.  Errors: DataError for folders that are no checkpoints, tensors that one has and another lacks,
// other shapes, numbers that are not finite.  Thread safety: one thread.
#pragma once

#include <cstdint>
#include <functional>
#include <nlohmann/json.hpp>

namespace rlreason::train {

using ReportProgress = std::function<void(uint64_t done, uint64_t total)>;

nlohmann::json weight_report(const nlohmann::json& job, const ReportProgress& progress);

}  // namespace rlreason::train
