#include "sweeps/search/search.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <set>

#include "core/error.h"
#include "core/random.h"
#include "sweeps/search/sobol.h"

namespace rlreason::sweep {
namespace {

constexpr uint64_t kModelled = 32, kTries = 256;  // for a point that was not tried before

bool settled(const Trial& trial, size_t rung) { return trial.failed || trial.has_value(rung); }

// Better first; a tie goes to the lower number.
std::vector<size_t> ranked(const PlanSearch& search, const std::vector<Trial>& trials,
                           std::vector<size_t> among, size_t rung) {
  std::erase_if(among, [&](size_t i) { return !trials[i].has_value(rung); });
  const double sign = search.goal == "maximize" ? -1 : 1;
  std::stable_sort(among.begin(), among.end(), [&](size_t a, size_t b) {
    return sign * *trials[a].by_rung[rung] < sign * *trials[b].by_rung[rung];
  });
  return among;
}

size_t passing(const PlanSearch& search, size_t entered) {
  return std::max<size_t>(1, entered / static_cast<size_t>(search.halving->factor));
}

std::vector<size_t> all_of(const std::vector<Trial>& trials) {
  std::vector<size_t> all(trials.size());
  std::iota(all.begin(), all.end(), size_t{0});
  return all;
}

// What is known when the batch that begins at `begin` is suggested.
TpeHistory history_before(const PlanSearch& search, const std::vector<Trial>& trials,
                          size_t begin) {
  const std::vector<Trial> known(trials.begin(),
                                 trials.begin() + static_cast<std::ptrdiff_t>(begin));
  const std::vector<size_t> order = ranked(search, known, all_of(known), 0);
  const size_t good = good_count(order.size());
  TpeHistory history;
  for (size_t i = 0; i < order.size(); ++i)
    (i < good ? history.good : history.bad).push_back(known[order[i]].unit);
  for (size_t i = 0; i < trials.size(); ++i)
    if (i >= begin || trials[i].failed) history.bad.push_back(trials[i].unit);
  return history;
}

// First number of the batch that a trial belongs to, and the one after its last.  How many trials the plan wants, and when it
// was stopped, changes no batch.
std::pair<size_t, size_t> batch_of(const PlanSearch& search, size_t number) {
  const auto startup = static_cast<size_t>(search.startup),
             batch = static_cast<size_t>(search.batch);
  if (search.method != "tpe") return {0, static_cast<size_t>(search.trials)};
  if (number < startup) return {0, startup};
  const size_t begin = startup + (number - startup) / batch * batch;
  return {begin, begin + batch};
}

UnitPoint independent_point(uint64_t seed, uint64_t draw, size_t dimensions) {
  Sequence random(RandomKey{.seed = seed, .purpose = Purpose::order, .iteration = draw});
  UnitPoint point;
  for (size_t d = 0; d < dimensions; ++d) point.push_back(random.uniform());
  return point;
}

UnitPoint even_point(const PlanSearch& search, uint64_t number, size_t dimensions) {
  return search.method == "random" ? independent_point(search.seed, number, dimensions)
                                   : sobol_point(search.seed, number, dimensions);
}

// The next trial after `trials`, of the batch that begins at `begin`; nothing when every try was a point tried before.
std::optional<Trial> next_trial(const PlanSearch& search, const std::vector<Dimension>& space,
                                const std::vector<Trial>& trials, size_t begin) {
  std::vector<size_t> choices;
  for (const Dimension& dimension : space) choices.push_back(dimension.choices.size());
  std::set<std::string> tried;
  for (const Trial& trial : trials) tried.insert(trial.values.dump());
  const auto number = static_cast<uint64_t>(trials.size());
  const bool even = search.method != "tpe" || begin < static_cast<size_t>(search.startup);
  const TpeHistory history = even ? TpeHistory{} : history_before(search, trials, begin);
  for (uint64_t attempt = 0; attempt < kTries; ++attempt) {
    const uint64_t draw = number + attempt * (uint64_t{1} << 32);
    Trial trial;
    // Only small spaces make draws repeat themselves; independent ones find what is left of them.
    trial.unit = attempt >= (even ? 1 : kModelled)
                     ? independent_point(search.seed, draw, space.size())
                 : even ? even_point(search, number, space.size())
                        : tpe_point(search.seed, draw, choices, history);
    for (size_t d = 0; d < space.size(); ++d)
      trial.values[space[d].path] = config::to_json(value_at(space[d], trial.unit[d]));
    if (tried.contains(trial.values.dump())) continue;
    trial.sampler_state = {{"seed", search.seed},
                           {"draw", draw},
                           {"known", begin},
                           {"even", even},
                           {"good", history.good.size()},
                           {"bad", history.bad.size()}};
    return trial;
  }
  return {};
}

}  // namespace

std::vector<int64_t> rungs_of(const PlanSearch& search, int64_t iterations) {
  std::vector<int64_t> rungs;
  if (search.halving) {
    if (search.halving->first >= iterations)
      throw UserError(
          "search.halving.first: required less than the {} iterations of a run, {} came",
          iterations, search.halving->first);
    for (int64_t rung = search.halving->first; rung < iterations; rung *= search.halving->factor)
      rungs.push_back(rung);
  }
  rungs.push_back(iterations);
  return rungs;
}

std::vector<size_t> entered_rungs(const PlanSearch& search, size_t rungs,
                                  const std::vector<Trial>& trials) {
  std::vector<size_t> entered(trials.size(), 0);
  std::vector<size_t> here = all_of(trials);
  if (here.size() < static_cast<size_t>(search.trials)) return entered;
  for (size_t rung = 0; rung + 1 < rungs; ++rung) {
    if (!std::all_of(here.begin(), here.end(), [&](size_t i) { return settled(trials[i], rung); }))
      break;
    std::vector<size_t> order = ranked(search, trials, here, rung);
    order.resize(std::min(order.size(), passing(search, here.size())));
    for (const size_t i : order) entered[i] = rung + 1;
    here = std::move(order);
  }
  return entered;
}

std::vector<TrialState> trial_states(const PlanSearch& search, size_t rungs,
                                     const std::vector<Trial>& trials) {
  const std::vector<size_t> entered = entered_rungs(search, rungs, trials);
  const size_t furthest = entered.empty() ? 0 : *std::max_element(entered.begin(), entered.end());
  std::vector<TrialState> states;
  for (size_t i = 0; i < trials.size(); ++i)
    states.push_back(trials[i].failed                 ? TrialState::failed
                     : trials[i].has_value(rungs - 1) ? TrialState::done
                     : entered[i] < furthest          ? TrialState::pruned
                                                      : TrialState::running);
  return states;
}

std::vector<int64_t> entrants(const PlanSearch& search, size_t rungs) {
  std::vector<int64_t> counts{search.trials};
  while (counts.size() < rungs)
    counts.push_back(static_cast<int64_t>(passing(search, static_cast<size_t>(counts.back()))));
  return counts;
}

std::vector<Trial> suggest(const PlanSearch& search, const std::vector<Dimension>& space,
                           const std::vector<Trial>& trials) {
  const auto [begin, end] = batch_of(search, trials.size());
  for (size_t i = 0; i < begin; ++i)
    if (!settled(trials[i], 0)) return {};
  std::vector<Trial> all = trials;
  while (all.size() < std::min(end, static_cast<size_t>(search.trials))) {
    auto next = next_trial(search, space, all, begin);
    if (!next) break;
    all.push_back(std::move(*next));
  }
  return {all.begin() + static_cast<std::ptrdiff_t>(trials.size()), all.end()};
}

}  // namespace rlreason::sweep
