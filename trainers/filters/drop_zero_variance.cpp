#include "trainers/filters/drop_zero_variance.h"

#include <algorithm>
#include <map>

#include "trainers/piece.h"

namespace rlreason::train::filters {

const Implement<DropZeroVariance, FilterFunction> kEntry{
    [](const DropZeroVariance&) -> FilterFunction {
      return [](const GroupFacts& facts) {
        std::map<int64_t, std::pair<double, double>> range;  // least and largest reward
        for (size_t s = 0; s < facts.size(); ++s) {
          if (!facts.scored(s)) continue;
          const auto [own, first] =
              range.try_emplace(facts.group[s], facts.reward[s], facts.reward[s]);
          own->second.first = std::min(own->second.first, facts.reward[s]);
          own->second.second = std::max(own->second.second, facts.reward[s]);
        }
        std::vector<bool> kept(facts.size(), false);
        for (size_t s = 0; s < facts.size(); ++s)
          if (const auto own = range.find(facts.group[s]); own != range.end())
            kept[s] = own->second.first < own->second.second;
        return kept;
      };
    }};

}  // namespace rlreason::train::filters
