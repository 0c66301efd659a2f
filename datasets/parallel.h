// The same work on many items, on some threads.
//
// The work must be independent; the first exception ends it and is thrown again.  Thread safety: starts its own threads.
#pragma once

#include <cstddef>
#include <functional>

namespace rlreason::data {

void parallel_for(size_t count, const std::function<void(size_t)>& work);  // as many threads as cores, at most 16

}  // namespace rlreason::data
