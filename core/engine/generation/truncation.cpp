#include "core/engine/generation/truncation.h"

#include <algorithm>
#include <cmath>

#include "core/error.h"

namespace rlreason::engine {

void check(const Truncation& truncation, const std::string& where) {
  if (!(truncation.top_p > 0 && truncation.top_p <= 1))
    throw UserError("{}: required a top_p in (0, 1], came {}", where, truncation.top_p);
  if (truncation.top_k < 0)
    throw UserError("{}: required a top_k >= 0, came {}", where, truncation.top_k);
  if (!(truncation.min_p >= 0 && truncation.min_p <= 1))
    throw UserError("{}: required a min_p in [0, 1], came {}", where, truncation.min_p);
}

// A heap gives the most probable tokens one by one, so that a narrow nucleus does not sort the vocabulary.
TruncatedToken draw_truncated(std::span<const float> weights, const Truncation& truncation,
                              double u, std::vector<int32_t>& candidates) {
  const auto weight = [&](int32_t id) { return weights[static_cast<size_t>(id)]; };
  const float floor =
      static_cast<float>(truncation.min_p) * *std::max_element(weights.begin(), weights.end());
  candidates.clear();
  for (size_t id = 0; id < weights.size(); ++id)
    if (weights[id] > 0 && weights[id] >= floor) candidates.push_back(static_cast<int32_t>(id));
  const auto rarer = [&](int32_t a, int32_t b) {
    return weight(a) < weight(b) || (weight(a) == weight(b) && a > b);
  };
  if (truncation.top_k > 0 && static_cast<size_t>(truncation.top_k) < candidates.size()) {
    const auto end = candidates.begin() + truncation.top_k;
    std::nth_element(candidates.begin(), end, candidates.end(),
                     [&](int32_t a, int32_t b) { return rarer(b, a); });
    candidates.erase(end, candidates.end());
  }
  double mass = 0;
  if (truncation.top_p < 1) {
    double total = 0;
    for (const int32_t id : candidates) total += static_cast<double>(weight(id));
    std::make_heap(candidates.begin(), candidates.end(), rarer);
    auto heap_end = candidates.end();
    while (heap_end != candidates.begin() && mass < truncation.top_p * total) {
      std::pop_heap(candidates.begin(), heap_end--, rarer);
      mass += static_cast<double>(weight(*heap_end));
    }
    candidates.erase(candidates.begin(), heap_end);
  }
  std::sort(candidates.begin(), candidates.end());
  mass = 0;
  for (const int32_t id : candidates) mass += static_cast<double>(weight(id));
  double cumulative = 0;
  int32_t token = candidates.back();
  for (const int32_t id : candidates)
    if ((cumulative += static_cast<double>(weight(id))) > u * mass) {
      token = id;
      break;
    }
  return {token, static_cast<float>(std::log(static_cast<double>(weight(token)) / mass))};
}

}  // namespace rlreason::engine
