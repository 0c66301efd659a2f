// Scrambled Sobol points: n points that fill the unit cube more evenly than independent draws.
//
// Direction numbers of Joe and Kuo (2008, new-joe-kuo-6), the first 16 dimensions; Owen's nested uniform scrambling with
// bits drawn by key, so every seed is another, equally even set.  Point i depends on (seed, i) alone: a study may be cut
// and continued anywhere.
// Errors: UserError above kSobolDimensions.  Thread safety: pure function.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace rlreason::sweep {

inline constexpr size_t kSobolDimensions = 16;

std::vector<double> sobol_point(uint64_t seed, uint64_t index,
                                size_t dimensions);  // each in [0, 1)

}  // namespace rlreason::sweep
