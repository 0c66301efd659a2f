#include "trainers/filters/band.h"

#include <map>

#include "trainers/piece.h"

namespace rlreason::train::filters {

const Implement<SolveRateBand, FilterFunction> kEntry{
    [](const SolveRateBand& settings) -> FilterFunction {
      return [settings](const GroupFacts& facts) {
        std::map<int64_t, std::pair<double, double>> groups;  // right, scored
        for (size_t s = 0; s < facts.size(); ++s) {
          if (!facts.scored(s) || facts.source[s] != Source::policy) continue;
          auto& [right, scored] = groups[facts.group[s]];
          scored += 1;
          right += facts.outcome[s] == data::Outcome::right ? 1 : 0;
        }
        std::vector<bool> kept(facts.size(), true);
        for (size_t s = 0; s < facts.size(); ++s)
          if (const auto own = groups.find(facts.group[s]); own != groups.end()) {
            const double share = own->second.first / own->second.second;
            kept[s] = settings.strict ? share > settings.low && share < settings.high
                                      : share >= settings.low && share <= settings.high;
          }
        return kept;
      };
    }};

}  // namespace rlreason::train::filters
