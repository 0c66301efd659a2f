// A curve over several lines: a filled area in eighths of a line, with its greatest and least value and where x begins and ends.
//
// Not sparkline.h, which is one line without an axis.  A column is the mean of the finite values whose x falls into it; where
// none does, the column before holds on, so that a short curve is wide.
// Thread safety: pure functions.
#pragma once

#include <span>
#include <string>
#include <utility>
#include <vector>

namespace rlreason::terminal {

// {x, y} with x not decreasing.  `lines` rows for the area and one below it for x; no row is wider than `columns`.
// Nothing to draw (no finite y) gives one line that says so.
std::vector<std::string> chart(std::span<const std::pair<double, double>> points, size_t columns,
                               size_t lines);

}  // namespace rlreason::terminal
