// What the store holds against runs: invalid ones are refused, moved away with what is made from them and made again.
#include "core/process/lock.h"
#include "core/store/invalidations.h"
#include "core/store/neutral.h"
#include "sweeps/run_files.h"
#include "sweeps/standing.h"
#include "sweeps/why.h"
#include "tests/sweeps/fixture.h"

namespace rlreason::sweep {
namespace {

// base <- one <- test, two: all done; `one` is then declared invalid.
class StandingTest : public SweepTest {
 protected:
  StandingTest() : store_(store::Store::open(root_ / "store.db")), pool_(options()) {
    base_ = train("base");
    one_ = train("one", {}, {{"checkpoint", base_}});
    test_ = add(train::RunKind::evaluate, "test", 0, {}, {{"checkpoint", one_}});
    two_ = train("two", {}, {{"checkpoint", base_}});
    pool_.launch.store = &store_;
    throw_for(graph_, run_local(graph_, pool_));
  }
  std::string uid(size_t node) const { return read_run(directory(node)).value("uid", ""); }
  void invalidate(size_t node) {
    store::InvalidationRow row;
    row.reason = "deviation used \x1b[31mddof 0";
    row.runs = {uid(node)};
    store::add_invalidation(store_, row);
  }
  Standing now() const { return standing(graph_, root_ / "runs", &store_); }

  store::Store store_;
  PoolOptions pool_;
  size_t base_ = 0, one_ = 0, test_ = 0, two_ = 0;
};

TEST_F(StandingTest, InvalidRunsAndWhatIsMadeFromThemAreNamed) {
  EXPECT_TRUE(now().invalid.empty());
  EXPECT_NO_THROW(require_valid(graph_, now(), "again"));
  invalidate(one_);
  const Standing found = now();
  ASSERT_EQ(found.invalid.size(), 2u);
  EXPECT_NE(found.invalid.at(one_).find("ddof 0"), std::string::npos);
  EXPECT_EQ(found.invalid.at(one_).find('\x1b'), std::string::npos);
  EXPECT_NE(found.invalid.at(test_).find("is made from " + graph_.specs[one_].directory()),
            std::string::npos);
  PoolReport report = inspect(graph_, pool_);
  EXPECT_EQ(report.count(NodeState::reused), 4u);
  discount(report, found);
  EXPECT_EQ(report.count(NodeState::reused), 2u);
  const std::string said = sentence_of<RefusedError>(
      [&] { require_valid(graph_, found, "rlreason sweep run p.yaml"); });
  EXPECT_NE(said.find("2 of 4"), std::string::npos) << said;
  EXPECT_NE(said.find("'rlreason sweep run p.yaml --redo-invalid'"), std::string::npos) << said;
  ExpandedPlan plan;
  plan.graph = graph_;
  for (size_t node = 0; node < graph_.specs.size(); ++node)
    EXPECT_EQ(why_node(plan, node, launch(), &store_).state == "invalid",
              found.invalid.contains(node));
  // Without the store nothing is known against anything.
  EXPECT_TRUE(standing(graph_, root_ / "runs", nullptr).invalid.empty());
}

TEST_F(StandingTest, TheyAreMovedAwayAndMadeAgain) {
  invalidate(one_);
  const std::string first = uid(one_), old_test = uid(test_), kept = uid(two_);
  const fs::path folder = set_aside(graph_, now(), pool_, store_);
  EXPECT_FALSE(fs::exists(directory(one_)));
  EXPECT_FALSE(fs::exists(directory(test_)));
  EXPECT_EQ(read_run(folder / graph_.specs[one_].directory()).value("uid", ""), first);
  EXPECT_EQ(store_.run(first)->directory,
            fs::weakly_canonical(folder / graph_.specs[one_].directory()).string());
  EXPECT_TRUE(now().invalid.empty());
  throw_for(graph_, run_local(graph_, pool_));
  EXPECT_NE(uid(one_), first);
  EXPECT_NE(uid(test_), old_test);
  EXPECT_EQ(uid(two_), kept);
  EXPECT_TRUE(now().invalid.empty());
  const auto ledger = store::invalid_runs(store_);
  EXPECT_TRUE(ledger.contains(first));
  EXPECT_TRUE(ledger.contains(old_test));  // its scores stay in the store, and stay refused
  EXPECT_EQ(ledger.size(), 2u);
  EXPECT_EQ(set_aside(graph_, now(), pool_, store_), fs::path());
}

TEST_F(StandingTest, WhatOtherPlansMadeFromThemIsInvalidToo) {
  invalidate(base_);
  train::Graph base_alone;
  base_alone.add(graph_.specs[base_]);
  set_aside(base_alone, standing(base_alone, root_ / "runs", &store_), pool_, store_);
  throw_for(base_alone, run_local(base_alone, pool_));
  const Standing rest = now();
  EXPECT_FALSE(rest.invalid.contains(base_));
  EXPECT_EQ(rest.invalid.size(), 3u);  // one, test and two rest on the base that is gone
  set_aside(graph_, rest, pool_, store_);
  throw_for(graph_, run_local(graph_, pool_));
  EXPECT_TRUE(now().invalid.empty());
}

TEST_F(StandingTest, ARunThatSomebodyWorksOnStays) {
  invalidate(one_);
  const process::DirectoryLock somebody(directory(test_));
  EXPECT_THROW(set_aside(graph_, now(), pool_, store_), RefusedError);
  EXPECT_TRUE(fs::exists(directory(one_)));
  EXPECT_TRUE(fs::exists(directory(test_)));
  EXPECT_EQ(now().invalid.size(), 2u);
}

// A kill between two moves: the training is gone, its evaluation is still there.
TEST_F(StandingTest, HalfMovedIsFinishedByTheNext) {
  invalidate(one_);
  const std::string old_test = uid(test_);
  const fs::path kept = root_ / "kept";
  fs::copy(directory(test_), kept, fs::copy_options::recursive);
  set_aside(graph_, now(), pool_, store_);
  fs::rename(kept, directory(test_));
  const Standing rest = now();
  ASSERT_EQ(rest.invalid.size(), 1u);
  EXPECT_TRUE(rest.invalid.contains(test_));
  set_aside(graph_, rest, pool_, store_);
  throw_for(graph_, run_local(graph_, pool_));
  EXPECT_NE(uid(test_), old_test);
  EXPECT_TRUE(now().invalid.empty());
}

TEST_F(StandingTest, StaleRunsAreReusedAndCounted) {
  const size_t before = now().stale.size();
  json run = read_run(directory(two_));
  run["build"] = "rlreason 0.0.1 \x1b[2J";
  process::write_file_atomic(directory(two_) / "run.json", run.dump());
  const Standing found = standing(graph_, root_ / "runs", nullptr);
  ASSERT_TRUE(found.stale.contains(two_));
  EXPECT_NE(found.stale.at(two_).find("0.0.1"), std::string::npos);
  EXPECT_EQ(found.stale.at(two_).find('\x1b'), std::string::npos);
  EXPECT_TRUE(found.invalid.empty());
  EXPECT_EQ(before, 0u);
}

TEST_F(StandingTest, ANeutralChangeMakesNoRunStale) {
  json run = read_run(directory(two_));
  run["build"] = "rlreason 0.0.1 (commit 0ldf00d, Release)";
  run["uid"] = "another";  // one that the store has not seen: its build line is all that is known
  process::write_file_atomic(directory(two_) / "run.json", run.dump());
  EXPECT_TRUE(now().stale.contains(two_));
  store::add_neutral(store_,
                     {.a = {"", "0ldf00d"}, .b = store::this_program(), .reason = "the help"});
  EXPECT_TRUE(now().stale.empty());
  const Maker by = maker(run, &store_);
  EXPECT_TRUE(by.neutral);
  EXPECT_TRUE(by.words.ends_with("declared neutral: the help")) << by.words;
}

}  // namespace
}  // namespace rlreason::sweep
