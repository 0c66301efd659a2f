// A curve in one line of text: eight block heights, one column a bucket of equal width, each the mean of its finite values.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <utility>

namespace rlreason::terminal {

// At most `width` columns (fewer values give fewer columns).  Scaled to `range`, or to the least and greatest value;
// a flat curve is drawn in the middle.  A bucket without a finite value is a space.
std::string sparkline(std::span<const double> values, size_t width = 40,
                      std::optional<std::pair<double, double>> range = std::nullopt);

}  // namespace rlreason::terminal
