// A whole search on the stand-in engine: rungs by exit and resume, killed coordinators, failing trials, other searches.
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <cstdlib>
#include <set>
#include <thread>

#include "core/process/signals.h"
#include "core/random.h"
#include "core/store/trials.h"
#include "sweeps/pool/bundle.h"
#include "sweeps/pool/slurm.h"
#include "sweeps/run_files.h"
#include "sweeps/search_step.h"
#include "tests/sweeps/fixture.h"

namespace rlreason::sweep {
namespace {

const std::string kPlan = R"(
name: rates
recipes: [on_policy]
seeds: 1
include_base: false
train_set: [update.iterations=18]
evaluate: {suites: [ledger_hard]}
search:
  trials: 9
  startup: 4
  batch: 2
  metric: rollout/reward
  space: {update.lr: {low: 1e-5, high: 1e-1, scale: log}}
)";
const std::string kHalved = kPlan + "  halving: {first: 2, factor: 3}\n";

class SearchRunTest : public SweepTest {
 protected:
  // What a coordinator does, on a store of its own.
  OpenedPlan search(const std::string& yaml, const fs::path& place, bool again = false) const {
    fs::create_directories(place);
    store::Store store = store::Store::open(place / "store.db");
    return run_search(
        parse_plan(yaml, "plan.yaml"), store, at(place, &store), again,
        [](const ExpandedPlan& plan, PoolOptions& own) { return run_local(plan.graph, own); });
  }
  PoolOptions at(const fs::path& place, store::Store* store) const {
    PoolOptions pool = options(2);
    pool.launch.runs_dir = place / "runs";
    pool.launch.store = store;
    return pool;
  }
  static json told(const OpenedPlan& opened) { return search_json(*opened.search)["trials"]; }
};

TEST_F(SearchRunTest, HalvingPausesMostRunsAndResumesTheBest) {
  std::string yaml = kHalved;
  yaml.replace(yaml.find("seeds: 1"), 8, "seeds: 2");
  const OpenedPlan end = search(yaml, root_);
  const SearchView& view = *end.search;
  EXPECT_EQ(view.rungs, (std::vector<int64_t>{2, 6, 18}));
  std::multiset<size_t> entered(view.entered.begin(), view.entered.end());
  EXPECT_EQ(entered, (std::multiset<size_t>{0, 0, 0, 0, 0, 0, 1, 1, 2}));
  // The stand-in's reward falls with the distance from 1e-3: the one that went all the way is the nearest.
  size_t best = 0;
  double nearest_distance = INFINITY;
  for (size_t i = 0; i < view.trials.size(); ++i) {
    const double distance =
        std::abs(std::log(view.trials[i].values["update.lr"].get<double>() / 1e-3));
    if (distance < nearest_distance) nearest_distance = distance, best = i;
  }
  EXPECT_EQ(view.states[best], TrialState::done);
  EXPECT_NEAR(*view.trials[best].by_rung[2], 18.0 / 19 / (1 + nearest_distance * nearest_distance),
              1e-9);
  // Rows: the recipe and the one that ended; the others' trainings stand at their rung.
  EXPECT_EQ(end.plan.rows.size(), 2u);
  std::multiset<int64_t> counters;
  for (const auto& entry : fs::directory_iterator(root_ / "runs"))
    if (fs::exists(entry.path() / "counter") && read_run(entry.path())["kind"] == "train" &&
        read_run(entry.path())["recipe"] == "on_policy")
      counters.insert(std::stoll(process::read_file(entry.path() / "counter")));
  EXPECT_EQ(counters,
            (std::multiset<int64_t>{
                2, 2, 2, 2, 2, 2, 2,  2,  2,  2,
                2, 2, 6, 6, 6, 6, 18, 18, 18, 18}));  // two seeds of each, and the recipe's own
  // Each step of the log once: what was paused went on.
  for (const PlanCell& cell : end.plan.cells) {
    runlog::Cursor cursor;
    int64_t steps = 0;
    for (const runlog::Record& record :
         runlog::Reader(root_ / "runs" / end.plan.graph.specs[cell.train_node].directory())
             .read(cursor))
      steps += record.kind == runlog::Kind::step;
    EXPECT_EQ(steps, 18) << cell.row;
  }
  const json before = told(end);
  EXPECT_EQ(told(search(yaml, root_)), before);  // a second call does nothing
}

TEST_F(SearchRunTest, AKilledCoordinatorGoesOnToTheSameTrials) {
  for (const std::string& yaml : {kPlan, kHalved}) {
    const fs::path quiet = root_ / process::nonce(), noisy = root_ / process::nonce();
    const json whole = told(search(yaml, quiet));
    Sequence random({.seed = 5, .purpose = Purpose::noise});
    for (int kill = 0; kill < 6; ++kill) {
      const pid_t child = ::fork();
      if (child == 0) {
        try {
          search(yaml, noisy);
        } catch (...) {
          ::_exit(9);
        }
        ::_exit(0);
      }
      std::this_thread::sleep_for(std::chrono::milliseconds(random.between(20, 300)));
      ::kill(child, SIGKILL);
      int status = 0;
      ::waitpid(child, &status, 0);
    }
    EXPECT_EQ(told(search(yaml, noisy)), whole);
  }
}

TEST_F(SearchRunTest, AFailingTrialIsOutAndTheOthersGoOn) {
  std::string yaml = kHalved;
  yaml.replace(yaml.find("high: 1e-1"), 10, "high: 1e+1");
  yaml.replace(yaml.find("first: 2"), 8, "first: 4");  // a steep rate fails at the third step
  const OpenedPlan end = search(yaml, root_);
  size_t steep = 0, out = 0;
  for (size_t i = 0; i < end.search->trials.size(); ++i) {
    steep += end.search->trials[i].values["update.lr"].get<double>() > 0.1;
    out += end.search->states[i] == TrialState::failed;
  }
  EXPECT_GT(steep, 0u);
  EXPECT_EQ(out, steep);
  // Tried again, they fail again.
  EXPECT_EQ(told(search(yaml, root_, true)), told(end));
}

TEST_F(SearchRunTest, MoreTrialsGoOnAndAnotherSearchIsRefused) {
  search(kPlan, root_);
  std::string more = kPlan;
  more.replace(more.find("trials: 9"), 9, "trials: 12");
  const OpenedPlan longer = search(more, root_);
  EXPECT_EQ(longer.search->trials.size(), 12u);
  const json whole = told(search(more, root_ / "new"));
  EXPECT_EQ(told(longer), whole);
  EXPECT_EQ(told(search(kPlan, root_)), whole);  // fewer take nothing back
  std::string other = kPlan;
  other.replace(other.find("high: 1e-1"), 10, "high: 1e-2");
  EXPECT_NE(sentence_of<RefusedError>([&] {
              search(other, root_);
            }).find("rates: required a search of its own"),
            std::string::npos);
}

// As after runs that were declared invalid and made again: what the runs say now counts.
TEST_F(SearchRunTest, AValueThatItsRunsDoNotHaveIsReadAgain) {
  const json whole = told(search(kPlan, root_));
  {
    store::Store store = store::Store::open(root_ / "store.db");
    store::TrialRow row = store::trials(store, "rates").at(3);
    row.rungs.at(0).value = 0.123;
    store::update_trial(store, "rates", row);
  }
  EXPECT_EQ(told(search(kPlan, root_)), whole);
}

TEST_F(SearchRunTest, ByTheMetricOfTheEvaluation) {
  std::string yaml = kPlan;
  yaml.replace(yaml.find("metric: rollout/reward"), 22, "metric: ledger_hard");
  const OpenedPlan end = search(yaml, root_);
  for (const Trial& trial : end.search->trials)
    EXPECT_NEAR(trial.by_rung.at(0).value(), 0.5, 1e-12);
  EXPECT_EQ(end.plan.rows.size(), 10u);
  std::string none = kPlan;
  none.replace(none.find("metric: rollout/reward"), 22, "metric: rollout/absent");
  none.replace(none.find("name: rates"), 11, "name: other");
  const std::string said = sentence_of<UserError>([&] { search(none, root_); });
  EXPECT_NE(said.find("required a value of 'rollout/absent'"), std::string::npos) << said;
}

TEST_F(SearchRunTest, AStopBetweenStepsGoesOn) {
  int calls = 0;
  store::Store store = store::Store::open(root_ / "store.db");
  const Plan plan = parse_plan(kPlan, "plan.yaml");
  const auto stopping = [&](const ExpandedPlan& now, PoolOptions& own) {
    const PoolReport report = run_local(now.graph, own);
    if (++calls == 2) process::request_stop();
    return report;
  };
  EXPECT_NE(sentence_of<PreemptedError>([&] {
              run_search(plan, store, at(root_, &store), false, stopping);
            }).find("stopped between two steps"),
            std::string::npos);
  process::reset_stop();
  EXPECT_EQ(calls, 2);
  EXPECT_EQ(told(search(kPlan, root_)), told(search(kPlan, root_ / "whole")));
}

// Rungs are a matter of the graph, so every pool has them.
TEST_F(SearchRunTest, ThroughSlurmAndByTaskFilesItIsTheSameSearch) {
  const json whole = told(search(kHalved, root_ / "local"));
  const Plan plan = parse_plan(kHalved, "plan.yaml");

  ::setenv("FAKE_SLURM", (root_ / "slurm").c_str(), 1);
  ::setenv("PATH",
           (RLR_SOURCE_DIR "/tests/support/fake_slurm:" + std::string(std::getenv("PATH"))).c_str(),
           1);
  SlurmOptions slurm;
  slurm.poll = std::chrono::milliseconds(50);
  slurm.grace = std::chrono::milliseconds(300);
  slurm.program = process::find_sibling("rlreason");
  store::Store by_slurm = store::Store::open(root_ / "slurm.db");
  const OpenedPlan queued = run_search(
      plan, by_slurm, at(root_ / "queued", &by_slurm), false,
      [&](const ExpandedPlan& now, PoolOptions& own) { return run_slurm(now.graph, own, slurm); });
  EXPECT_EQ(told(queued), whole);

  store::Store by_hand = store::Store::open(root_ / "hand.db");
  PoolOptions pool = at(root_ / "hand", &by_hand);
  size_t steps = 0;
  SearchStep step = next_step(plan, by_hand, pool, false);
  for (; !step.finished && steps < 20; step = next_step(plan, by_hand, pool, false), ++steps) {
    const train::Graph& graph = step.opened.plan.graph;
    const Bundle bundle = freeze(graph, pool, process::find_sibling("rlreason"));
    std::vector<size_t> nodes;
    for (size_t i = 0; i < graph.specs.size(); ++i)
      if (step.wanted[i] && !is_done(graph.specs[i], run_directory(graph.specs[i], pool.launch)))
        nodes.push_back(i);
    const fs::path tasks = write_tasks(graph, bundle, pool, nodes);
    for (size_t i = nodes.size(); i-- > 0;)  // in any order
      EXPECT_EQ(run_task(read_task(tasks, static_cast<int64_t>(i)), pool.launch).code,
                ExitCode::ok);
  }
  EXPECT_EQ(told(step.opened), whole);
  EXPECT_EQ(steps, 6u);  // batches 0-3, 4-5, 6-7, 8, then two rungs
}

TEST(SearchPlanTest, WhatDoesNotFitIsSaidWithItsLine) {
  const std::string head = "name: p\nseeds: 1\nrecipes: [on_policy]\n";
  const std::string space = "space: {update.lr: {low: 1e-5, high: 1e-1, scale: log}}";
  const auto refused = [&](const std::string& text) {
    return sentence_of<UserError>([&] { open_with_trials(parse_plan(text, "p.yaml"), nullptr); });
  };
  EXPECT_NE(refused(head + "grid: {update.lr: [1, 2]}\nsearch: {trials: 3, " + space + "}\n")
                .find("p.yaml:4: required `search` or `grid`, both came"),
            std::string::npos);
  EXPECT_NE(refused("name: p\nseeds: 1\nrecipes: [on_policy, luffy]\nsearch: {trials: 3, " + space +
                    "}\n")
                .find("required one recipe to search around, 2 came"),
            std::string::npos);
  EXPECT_NE(refused(head + "search: {trials: 3, halving: {first: 5}, " + space + "}\n")
                .find("to halve by; none came"),
            std::string::npos);
  EXPECT_NE(refused(head + "search: {trials: 3, metric: ledger_hard, halving: {first: 5}, " +
                    space + "}\n")
                .find("required a suite that is evaluated while training"),
            std::string::npos);
  EXPECT_NE(refused(head + "search: {trials: 3, metric: rollout/reward, halving: {first: 500}, " +
                    space + "}\n")
                .find("search.halving.first: required less than the"),
            std::string::npos);
  EXPECT_NE(
      refused(head + "search: {trials: 3, metric: rollout/reward, halving: {first: 5}, space: "
                     "{update.iterations: [10, 20]}}\n")
          .find("required runs of one length"),
      std::string::npos);
  EXPECT_NE(refused(head + "search: {trials: 3000, " + space + "}\n").find("max_cells"),
            std::string::npos);
  EXPECT_NE(refused(head + "search: {trials: 3, metod: tpe, " + space + "}\n").find("did you mean"),
            std::string::npos);
}

}  // namespace
}  // namespace rlreason::sweep
