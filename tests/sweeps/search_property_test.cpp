// Which points are tried and which trials go on: whatever order results come in, however often the search is cut.
#include <gtest/gtest.h>

#include <cmath>
#include <numeric>
#include <set>

#include "core/config/node.h"
#include "core/error.h"
#include "core/random.h"
#include "sweeps/search/search.h"

namespace rlreason::sweep {
namespace {

using nlohmann::json;

std::vector<Dimension> space_of(const std::string& yaml) {
  return parse_space(config::parse_yaml(yaml, "space.yaml"), "search.space");
}

const std::vector<Dimension>& plane() {
  static const std::vector<Dimension> kPlane =
      space_of("a: {low: 0, high: 1}\nb: {low: 1e-5, high: 1e-1, scale: log}\n");
  return kPlane;
}

PlanSearch tpe(int64_t trials, int64_t batch = 3) {
  PlanSearch search;
  search.trials = trials;
  search.batch = batch;
  search.startup = 5;
  return search;
}

double bowl(const Trial& trial) {
  const double a = trial.values["a"].get<double>() - 0.3;
  const double b = std::log10(trial.values["b"].get<double>()) + 2;
  return -(a * a + b * b);
}

// All suggestions, each answered at once; `cut` forgets what is beyond the stored trials, as a restart does.
std::vector<Trial> whole_search(const PlanSearch& search, const std::vector<Dimension>& space) {
  std::vector<Trial> trials;
  for (;;) {
    const auto next = suggest(search, space, trials);
    if (next.empty()) return trials;
    for (Trial trial : next) {
      trial.by_rung = {bowl(trial)};
      trials.push_back(std::move(trial));
    }
  }
}

TEST(SearchTest, CutAnywhereItSuggestsWhatAnUnbrokenOneDoes) {
  const PlanSearch search = tpe(23);
  const std::vector<Trial> whole = whole_search(search, plane());
  ASSERT_EQ(whole.size(), 23u);
  for (size_t cut = 0; cut < whole.size(); ++cut) {
    const std::vector<Trial> known(whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(cut));
    const auto next = suggest(search, plane(), known);
    ASSERT_FALSE(next.empty()) << cut;
    for (size_t i = 0; i < next.size(); ++i) {
      EXPECT_EQ(next[i].unit, whole[cut + i].unit) << cut << " " << i;
      EXPECT_EQ(next[i].sampler_state, whole[cut + i].sampler_state);
    }
  }
}

TEST(SearchTest, ValuesOfItsOwnBatchChangeNoPoint) {
  const PlanSearch search = tpe(11, 6);  // batches 0-4, 5-10
  std::vector<Trial> trials = whole_search(search, plane());
  std::vector<Trial> known(trials.begin(), trials.begin() + 8);
  for (size_t i = 5; i < 8; ++i) known[i].by_rung = {1000.0 - static_cast<double>(i)};
  const auto late = suggest(search, plane(), known);
  for (size_t i = 5; i < 8; ++i) known[i].by_rung.clear();
  const auto early = suggest(search, plane(), known);
  ASSERT_EQ(late.size(), 3u);
  ASSERT_EQ(early.size(), 3u);
  for (size_t i = 0; i < 3; ++i) EXPECT_EQ(late[i].unit, early[i].unit);
  known[3].by_rung.clear();
  EXPECT_TRUE(suggest(search, plane(), known).empty()) << "an earlier batch lacks a value";
}

// By hand: of five points the two best are good, the others and the batch's own first point bad.
TEST(SearchTest, APointOfABatchCountsTheOnesBeforeItAsBad) {
  std::vector<Trial> known = suggest(tpe(5), plane(), {});
  ASSERT_EQ(known.size(), 5u);
  for (size_t i = 0; i < 5; ++i) known[i].by_rung = {static_cast<double>(i)};
  const auto next = suggest(tpe(11, 6), plane(), known);
  ASSERT_EQ(next.size(), 6u);
  TpeHistory history{{known[4].unit, known[3].unit},
                     {known[2].unit, known[1].unit, known[0].unit}};
  EXPECT_EQ(next[0].unit, tpe_point(0, 5, {0, 0}, history));
  history.bad.push_back(next[0].unit);
  EXPECT_EQ(next[1].unit, tpe_point(0, 6, {0, 0}, history));
}

TEST(SearchTest, MoreTrialsGoOnWhereFewerEnded) {
  const std::vector<Trial> few = whole_search(tpe(9), plane());
  const std::vector<Trial> many = whole_search(tpe(17), plane());
  for (size_t i = 0; i < few.size(); ++i) EXPECT_EQ(few[i].unit, many[i].unit) << i;
}

// Against independent draws on a smooth bowl: the mean best value over seeds, and the share of late points near the best.
TEST(SearchTest, TpeFindsTheBottomOfABowlBetterThanChance) {
  double modelled = 0, drawn = 0;
  int near = 0, far = 0;
  for (uint64_t seed = 0; seed < 20; ++seed) {
    for (const char* method : {"tpe", "random"}) {
      PlanSearch search = tpe(40);
      search.method = method;
      search.seed = seed;
      const std::vector<Trial> trials = whole_search(search, plane());
      double best = -INFINITY;
      for (const Trial& trial : trials) best = std::max(best, bowl(trial));
      (search.method == "tpe" ? modelled : drawn) += best / 20;
      for (size_t i = 30; i < trials.size(); ++i)
        if (bowl(trials[i]) > -0.1) ++(search.method == "tpe" ? near : far);
    }
  }
  EXPECT_GT(modelled, drawn / 2) << "closer by more than half";
  EXPECT_GT(near, 3 * far);
}

TEST(SearchTest, MinimizeIsMaximizeOfTheNegative) {
  PlanSearch up = tpe(20), down = tpe(20);
  down.goal = "minimize";
  std::vector<Trial> a, b;
  while (true) {
    const auto next = suggest(up, plane(), a);
    const auto other = suggest(down, plane(), b);
    ASSERT_EQ(next.size(), other.size());
    if (next.empty()) break;
    for (size_t i = 0; i < next.size(); ++i) {
      EXPECT_EQ(next[i].unit, other[i].unit);
      a.push_back(next[i]);
      b.push_back(other[i]);
      a.back().by_rung = {bowl(next[i])};
      b.back().by_rung = {-bowl(next[i])};
    }
  }
}

TEST(SearchTest, ASmallSpaceIsTriedOnceAndThenDone) {
  const auto space = space_of("a: [x, y]\nb: {low: 1, high: 3, integer: true}\n");
  for (const char* method : {"tpe", "sobol", "random"}) {
    PlanSearch search = tpe(50);
    search.method = method;
    std::vector<Trial> trials;
    for (;;) {
      const auto next = suggest(search, space, trials);
      if (next.empty()) break;
      for (const Trial& trial : next) {
        trials.push_back(trial);
        trials.back().by_rung = {1.0};
      }
    }
    std::set<std::string> seen;
    for (const Trial& trial : trials) EXPECT_TRUE(seen.insert(trial.values.dump()).second);
    EXPECT_EQ(trials.size(), 6u) << method;
  }
}

TEST(SearchTest, AllFailedStillGivesPoints) {
  PlanSearch search = tpe(20);
  std::vector<Trial> trials;
  for (auto next = suggest(search, plane(), trials); !next.empty();
       next = suggest(search, plane(), trials))
    for (const Trial& trial : next) {
      trials.push_back(trial);
      trials.back().failed = true;
    }
  EXPECT_EQ(trials.size(), 20u);
}

// --- halving ---

PlanSearch halved(int64_t trials, int64_t first, int64_t factor) {
  PlanSearch search = tpe(trials);
  search.method = "sobol";
  search.halving = PlanHalving{.first = first, .factor = factor};
  return search;
}

TEST(HalvingTest, RungsAndEntrants) {
  EXPECT_EQ(rungs_of(halved(27, 10, 3), 270), (std::vector<int64_t>{10, 30, 90, 270}));
  EXPECT_EQ(rungs_of(halved(27, 10, 3), 100), (std::vector<int64_t>{10, 30, 90, 100}));
  EXPECT_EQ(rungs_of(tpe(5), 100), (std::vector<int64_t>{100}));
  EXPECT_THROW(rungs_of(halved(27, 100, 3), 100), UserError);
  EXPECT_EQ(entrants(halved(27, 10, 3), 4), (std::vector<int64_t>{27, 9, 3, 1}));
  EXPECT_EQ(entrants(halved(5, 10, 3), 4), (std::vector<int64_t>{5, 1, 1, 1}));
}

std::vector<Trial> valued(const std::vector<double>& values) {
  std::vector<Trial> trials;
  for (const double value : values) {
    trials.emplace_back();
    trials.back().by_rung = {value};
  }
  return trials;
}

TEST(HalvingTest, TheBestThirdGoesOnOnceAllAreThrough) {
  const PlanSearch search = halved(6, 10, 3);
  std::vector<Trial> trials = valued({0.1, 0.9, 0.4, 0.9, 0.2});
  EXPECT_EQ(entered_rungs(search, 3, trials), (std::vector<size_t>{0, 0, 0, 0, 0}))
      << "the sixth is missing";
  trials.push_back({});
  EXPECT_EQ(entered_rungs(search, 3, trials), (std::vector<size_t>(6, 0)));
  trials.back().by_rung = {0.5};
  EXPECT_EQ(entered_rungs(search, 3, trials), (std::vector<size_t>{0, 1, 0, 1, 0, 0}));
  trials[3].by_rung.push_back(0.95);
  EXPECT_EQ(entered_rungs(search, 3, trials), (std::vector<size_t>{0, 1, 0, 1, 0, 0}));
  trials[1].by_rung.push_back(0.2);
  EXPECT_EQ(entered_rungs(search, 3, trials), (std::vector<size_t>{0, 1, 0, 2, 0, 0}));
  EXPECT_EQ(trial_states(search, 3, trials),
            (std::vector<TrialState>{TrialState::pruned, TrialState::pruned, TrialState::pruned,
                                     TrialState::running, TrialState::pruned, TrialState::pruned}));
  trials[3].by_rung.push_back(0.96);
  EXPECT_EQ(trial_states(search, 3, trials)[3], TrialState::done);
}

TEST(HalvingTest, TiesGoToTheLowerNumberAndFailedOnesNeverGoOn) {
  const PlanSearch search = halved(4, 10, 2);
  std::vector<Trial> trials = valued({0.5, 0.5, 0.5, 0.5});
  EXPECT_EQ(entered_rungs(search, 2, trials), (std::vector<size_t>{1, 1, 0, 0}));
  trials[0].failed = true;
  trials[0].by_rung.clear();
  EXPECT_EQ(entered_rungs(search, 2, trials), (std::vector<size_t>{0, 1, 1, 0}));
  for (Trial& trial : trials) trial.failed = true, trial.by_rung.clear();
  EXPECT_EQ(entered_rungs(search, 2, trials), (std::vector<size_t>(4, 0)));
}

// The order in which results come in changes neither who goes on nor the end.
TEST(HalvingTest, AnyOrderOfResultsEndsTheSame) {
  const PlanSearch search = halved(13, 2, 2);
  const std::vector<int64_t> rungs = rungs_of(search, 20);
  std::vector<std::vector<TrialState>> ends;
  for (uint64_t order = 0; order < 10; ++order) {
    Sequence random({.seed = order, .purpose = Purpose::noise});
    std::vector<Trial> trials(13);
    for (int guard = 0; guard < 10000; ++guard) {
      const auto states = trial_states(search, rungs.size(), trials);
      const auto entered = entered_rungs(search, rungs.size(), trials);
      std::vector<size_t> open;
      for (size_t i = 0; i < 13; ++i)
        if (states[i] == TrialState::running && !trials[i].has_value(entered[i])) open.push_back(i);
      if (open.empty()) break;
      const size_t pick =
          open[static_cast<size_t>(random.between(0, static_cast<int64_t>(open.size()) - 1))];
      trials[pick].by_rung.resize(entered[pick] + 1);
      trials[pick].by_rung[entered[pick]] = std::sin(static_cast<double>(pick * 7 + entered[pick]));
    }
    ends.push_back(trial_states(search, rungs.size(), trials));
    EXPECT_EQ(std::count(ends.back().begin(), ends.back().end(), TrialState::running), 0);
  }
  for (const auto& end : ends) EXPECT_EQ(end, ends.front());
}

// --- the estimator ---

TEST(TpeTest, DensitiesIntegrateToOne) {
  Sequence random({.seed = 3, .purpose = Purpose::noise});
  for (const std::vector<size_t>& choices :
       {std::vector<size_t>{0}, std::vector<size_t>{3}, std::vector<size_t>{0, 4}}) {
    std::vector<UnitPoint> points;
    for (int i = 0; i < 7; ++i) {
      points.emplace_back();
      for (size_t d = 0; d < choices.size(); ++d) points.back().push_back(random.uniform());
    }
    const int n = 240;
    double sum = 0;
    for (int i = 0; i < n; ++i)
      for (int j = 0; j < (choices.size() > 1 ? n : 1); ++j) {
        UnitPoint at{(i + 0.5) / n};
        if (choices.size() > 1) at.push_back((j + 0.5) / n);
        sum += std::exp(parzen_log_density(points, choices, at));
      }
    EXPECT_NEAR(sum / n / (choices.size() > 1 ? n : 1), 1.0, 2e-3);
  }
}

TEST(TpeTest, OnePointByHand) {
  // Two dimensions, one point: h = 0.2.  A choice of two: own 2 (1 - h) + h, other h.  Uniform kernel beside it.
  const std::vector<UnitPoint> points = {{0.5, 0.1}};
  const double h = 0.2, z = 0.1 / h;
  const double mass = std::erf(0.5 / h / std::sqrt(2.0));
  const double range = std::exp(-z * z / 2) / (h * std::sqrt(2 * M_PI) * mass);
  EXPECT_NEAR(parzen_log_density(points, {0, 2}, {0.6, 0.3}),
              std::log((1 + range * (2 * (1 - h) + h)) / 2), 1e-12);
  EXPECT_NEAR(parzen_log_density(points, {0, 2}, {0.6, 0.9}), std::log((1 + range * h) / 2), 1e-12);
}

TEST(TpeTest, PointsStayInTheUnitCubeAndDependOnTheirKey) {
  const TpeHistory history{{{0.001, 0.99}, {0.999, 0.5}}, {{0.5, 0.5}}};
  std::set<UnitPoint> seen;
  for (uint64_t draw = 0; draw < 200; ++draw) {
    const UnitPoint point = tpe_point(1, draw, {0, 3}, history);
    EXPECT_EQ(point, tpe_point(1, draw, {0, 3}, history));
    for (const double unit : point) EXPECT_TRUE(unit >= 0 && unit < 1) << unit;
    seen.insert(point);
  }
  EXPECT_EQ(seen.size(), 200u);
  EXPECT_EQ(good_count(1), 1u);
  EXPECT_EQ(good_count(8), 2u);
  EXPECT_EQ(good_count(9), 3u);
  EXPECT_EQ(good_count(1000), 25u);
}

}  // namespace
}  // namespace rlreason::sweep
