#include "trainers/filters/overlong_mask.h"

#include "trainers/piece.h"

namespace rlreason::train::filters {

const Implement<OverlongMask, FilterFunction> kEntry{[](const OverlongMask&) -> FilterFunction {
  return [](const GroupFacts& facts) {
    std::vector<bool> kept(facts.size());
    for (size_t s = 0; s < facts.size(); ++s) kept[s] = !facts.truncated[s];
    return kept;
  };
}};

}  // namespace rlreason::train::filters
