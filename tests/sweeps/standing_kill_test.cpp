// What the store holds against runs: invalid ones are refused, moved away with what is made from them and made again.
#include <sys/wait.h>
#include <unistd.h>

#include "core/process/fault.h"
#include "core/process/lock.h"
#include "core/store/invalidations.h"
#include "core/store/neutral.h"
#include "sweeps/run_files.h"
#include "sweeps/set_aside.h"
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
  Standing now() const { return standing(graph_, launch(), &store_); }

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
  EXPECT_TRUE(standing(graph_, launch(), nullptr).invalid.empty());
}

TEST_F(StandingTest, TheyAreMovedAwayAndMadeAgain) {
  invalidate(one_);
  const std::string first = uid(one_), old_test = uid(test_), kept = uid(two_);
  const fs::path folder = set_aside(now(), pool_, store_);
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
  EXPECT_EQ(set_aside(now(), pool_, store_), fs::path());
}

TEST_F(StandingTest, WhatOtherPlansMadeFromThemIsInvalidToo) {
  invalidate(base_);
  train::Graph base_alone;
  base_alone.add(graph_.specs[base_]);
  set_aside(standing(base_alone, launch(), &store_), pool_, store_);
  throw_for(base_alone, run_local(base_alone, pool_));
  const Standing rest = now();
  EXPECT_FALSE(rest.invalid.contains(base_));
  EXPECT_EQ(rest.invalid.size(), 3u);  // one, test and two rest on the base that is gone
  set_aside(rest, pool_, store_);
  throw_for(graph_, run_local(graph_, pool_));
  EXPECT_TRUE(now().invalid.empty());
}

TEST_F(StandingTest, ARunThatSomebodyWorksOnStays) {
  invalidate(one_);
  const process::DirectoryLock somebody(directory(test_));
  EXPECT_THROW(set_aside(now(), pool_, store_), RefusedError);
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
  set_aside(now(), pool_, store_);
  fs::rename(kept, directory(test_));
  const Standing rest = now();
  ASSERT_EQ(rest.invalid.size(), 1u);
  EXPECT_TRUE(rest.invalid.contains(test_));
  set_aside(rest, pool_, store_);
  throw_for(graph_, run_local(graph_, pool_));
  EXPECT_NE(uid(test_), old_test);
  EXPECT_TRUE(now().invalid.empty());
}

// What a reader makes of the producers of a run, as an absolute path.
class MovedTest : public StandingTest {
 protected:
  fs::path producer(const std::string& run_uid, const std::string& role) const {
    const store::RunDetail run = store_.detail(run_uid);
    for (const store::ProducerRow& each : run.producers)
      if (each.role == role) return store::made_in(run.row, each);
    return {};
  }
  static fs::path there(const fs::path& path) { return fs::absolute(path).lexically_normal(); }
  // run.json says the same as the store, and the folder is there.
  void expect_made_in(const std::string& run_uid, const fs::path& where) {
    const fs::path found = producer(run_uid, "checkpoint");
    EXPECT_EQ(found, there(where));
    EXPECT_TRUE(fs::exists(found / "run.json")) << found;
    const fs::path moved = store_.run(run_uid)->directory;
    const json run = read_run(moved);
    EXPECT_EQ(there(moved.parent_path() / run["producers"][0]["path"].get<std::string>()), found);
  }
};

TEST_F(MovedTest, AMovedRunStillNamesWhatItIsMadeFrom) {
  invalidate(one_);
  const std::string first = uid(one_), old_test = uid(test_);
  const fs::path folder = set_aside(now(), pool_, store_);
  throw_for(graph_, run_local(graph_, pool_));  // others have their names now
  expect_made_in(first, directory(base_));      // stayed
  expect_made_in(old_test, folder / graph_.specs[one_].directory());
  expect_made_in(uid(test_), directory(one_));
  EXPECT_EQ(store_.find_run(graph_.specs[one_].directory()).uid,
            uid(one_));  // the name is the new one's
  EXPECT_EQ(store_.find_run(first).uid, first);
  // As a whole it may be carried elsewhere: nothing in it is an absolute path.
  for (const std::string& each : {first, old_test})
    for (const json& producer : read_run(store_.run(each)->directory)["producers"])
      EXPECT_TRUE(fs::path(producer["path"].get<std::string>()).is_relative()) << producer;
}

TEST_F(MovedTest, AnEvaluationAloneIsMovedAwayFromItsCheckpoint) {
  invalidate(test_);
  const std::string old_test = uid(test_);
  set_aside(now(), pool_, store_);
  expect_made_in(old_test, directory(one_));
}

// The evaluation is moved by a second call, when its checkpoint lies in the first one's folder.
TEST_F(MovedTest, WhatWasMovedEarlierIsFoundThere) {
  invalidate(one_);
  const std::string old_test = uid(test_);
  const fs::path kept = root_ / "kept";
  fs::copy(directory(test_), kept, fs::copy_options::recursive);
  const fs::path first = set_aside(now(), pool_, store_);
  fs::remove_all(first / graph_.specs[test_].directory());
  fs::rename(kept, directory(test_));
  set_aside(now(), pool_, store_);
  expect_made_in(old_test, first / graph_.specs[one_].directory());
}

// A kill at any write, rename or sync: paths hold, and the next call ends what was begun.
TEST_F(MovedTest, AKillAtAnyMomentLeavesPathsThatHold) {
  invalidate(one_);
  const fs::path before = root_ / "before";
  fs::copy(root_ / "runs", before, fs::copy_options::recursive);
  const std::string first = uid(one_), old_test = uid(test_);
  int killed = 0;
  for (int at = 1;; ++at) {
    fs::remove_all(root_ / "runs");
    fs::copy(before, root_ / "runs", fs::copy_options::recursive);
    store_ = store::Store::open(root_ / "other.db");  // a child may not share a connection
    for (const char* end : {"", "-wal", "-shm", ".lock"})
      fs::remove(root_ / (std::string("kill.db") + end));
    fs::copy_file(root_ / "store.db", root_ / "kill.db");
    const pid_t child = ::fork();
    if (child == 0) {
      store::Store own = store::Store::open(root_ / "kill.db");
      process::set_faults(process::parse_fault_plan(std::to_string(at), ""));
      set_aside(standing(graph_, launch(), &own), pool_, own);
      ::_exit(0);
    }
    int status = 0;
    ::waitpid(child, &status, 0);
    store_ = store::Store::open(root_ / "kill.db");
    if (WIFSIGNALED(status)) {
      ++killed;
      const Standing rest = now();
      // Whatever has not moved is still refused.
      EXPECT_EQ(rest.invalid.contains(one_), fs::exists(directory(one_))) << at;
      EXPECT_EQ(rest.invalid.contains(test_), fs::exists(directory(test_))) << at;
      set_aside(rest, pool_, store_);
    }
    for (const auto& batch : fs::directory_iterator(root_ / "runs" / store::kSetAside))
      for (const auto& entry : fs::directory_iterator(batch)) store_.ingest(entry.path());
    expect_made_in(first, directory(base_));
    const fs::path one = store_.run(first)->directory;
    EXPECT_EQ(one.parent_path().parent_path().filename(), store::kSetAside) << at;
    expect_made_in(old_test, one);
    EXPECT_FALSE(fs::exists(directory(one_)));
    EXPECT_FALSE(fs::exists(directory(test_)));
    if (!WIFSIGNALED(status)) break;
  }
  EXPECT_GT(killed, 8);
}

TEST_F(MovedTest, ACheckpointOfAnInvalidRunIsNotGoneOnFrom) {
  train::Graph direct;
  train::RunSpec given;
  given.kind = train::RunKind::train;
  given.recipe = train::kExisting;
  given.config = {{"path", (directory(one_) / "checkpoints" / "step-4").string()}};
  given.identity = "given";
  const size_t checkpoint = direct.add(given);
  fs::create_directories(given.directory());
  EXPECT_NO_THROW(run_local(direct, pool_));  // no run of ours: nothing to take into the store
  train::RunSpec evaluation = graph_.specs[test_];
  evaluation.identity = "direct";
  evaluation.producers = {{"checkpoint", checkpoint}};
  const size_t node = direct.add(evaluation);
  EXPECT_EQ(settle(direct, pool_, false, store_).moved, 0u);
  const fs::path own =
      root_ / "runs" / evaluation.directory();  // the stand-in engine knows no checkpoints
  fs::create_directories(own);
  process::write_file_atomic(own / "run.json",
                             describe_run(direct, node, own, launch(), {}).dump());
  write_result(own, ExitCode::ok, "");
  const std::string made = read_run(root_ / "runs" / evaluation.directory()).value("uid", "");
  invalidate(base_);  // what it is made of is what `one` is made of
  const Standing found = standing(direct, pool_.launch, &store_);
  EXPECT_TRUE(found.given.contains(checkpoint));
  EXPECT_TRUE(found.invalid.contains(node));
  for (const bool redo : {false, true}) {
    const std::string said =
        sentence_of<RefusedError>([&] { settle(direct, pool_, redo, store_); });
    EXPECT_NE(said.find("is made from " + graph_.specs[base_].directory()), std::string::npos)
        << said;
    EXPECT_NE(said.find("ddof 0"), std::string::npos) << said;
  }
  // Made again, the base takes along what was made from a checkpoint below it.
  const Settled settled = settle(graph_, pool_, true, store_);
  EXPECT_EQ(settled.moved, 4u);
  EXPECT_NE(settled.words().find("4 invalid runs were moved to"), std::string::npos);
  EXPECT_TRUE(store::invalid_runs(store_).contains(made));
}

TEST_F(MovedTest, ARunDirectoryOfItsOwnIsFoundThereToo) {
  LaunchOptions own = launch();
  own.run_dir = root_ / "mine";
  own.store = &store_;
  train::Graph graph;
  graph.add(graph_.specs[base_]);
  train::RunSpec spec = graph_.specs[one_];
  spec.producers = {{"checkpoint", 0}};
  spec.identity = "own";
  graph.add(spec);
  throw_unless_done(run_with_needs(graph, 1, own));
  store::InvalidationRow row{.reason = "r"};
  row.runs = {read_run(own.run_dir).value("uid", "")};
  store::add_invalidation(store_, row);
  PoolOptions pool;
  pool.launch = own;
  const std::string said = sentence_of<RefusedError>([&] { settle(graph, pool, false, store_); });
  EXPECT_NE(said.find("the same command with --redo-invalid"), std::string::npos) << said;
  EXPECT_NE(said.find("\n  mine was declared invalid: r"), std::string::npos) << said;
  const Settled settled = settle(graph, pool, true, store_);
  EXPECT_EQ(settled.moved_to.parent_path(), there(root_ / store::kSetAside));
  EXPECT_FALSE(fs::exists(own.run_dir));
  EXPECT_TRUE(settled.standing.invalid.empty());
  EXPECT_EQ(producer(row.runs[0], "checkpoint"), there(directory(base_)));
}

TEST_F(StandingTest, StaleRunsAreReusedAndCounted) {
  const size_t before = now().stale.size();
  json run = read_run(directory(two_));
  run["build"] = "rlreason 0.0.1 \x1b[2J";
  process::write_file_atomic(directory(two_) / "run.json", run.dump());
  const Standing found = standing(graph_, launch(), nullptr);
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
