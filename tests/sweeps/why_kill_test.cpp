// Why a cell is where it is, after engines that failed, were killed or ended well; stop levels; invalid runs.
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <thread>

#include "core/process/signals.h"
#include "core/store/invalidations.h"
#include "sweeps/pool/coordinator.h"
#include "sweeps/pool/liveness.h"
#include "sweeps/run_files.h"
#include "sweeps/why.h"
#include "tests/sweeps/fixture.h"

namespace rlreason::sweep {
namespace {

class WhyTest : public SweepTest {
 protected:
  Reason why_of(size_t node, const store::Store* store = nullptr) {
    ExpandedPlan plan;
    plan.graph = graph_;
    return why_node(plan, node, launch(), store);
  }
};

TEST_F(WhyTest, EveryStateHasItsReason) {
  const size_t fine = train("fine"), bad = train("bad", {{"fail", "no tokens"}, {"code", 3}});
  const size_t killed = train("killed", {{"steps", 5}, {"die_at", 2}}),
               after = train("after", {}, {{"init", bad}});
  EXPECT_EQ(why_of(fine).state, "missing");
  store::Store store = store::Store::open(root_ / "store.db");
  PoolOptions pool = options();
  pool.launch.store = &store;
  run_local(graph_, pool);
  EXPECT_EQ(why_of(fine).state, "reused");
  EXPECT_EQ(why_of(bad).state, "failed");
  EXPECT_NE(why_of(bad).sentence.find("no tokens"), std::string::npos);
  EXPECT_EQ(why_of(killed).state, "interrupted");
  EXPECT_EQ(why_of(after).state, "missing");

  const std::string uid = read_run(directory(fine)).value("uid", "");
  store::InvalidationRow row;
  row.reason = "deviation used ddof 0";
  row.runs = {uid};
  store::add_invalidation(store, row);
  EXPECT_EQ(why_of(fine, &store).state, "invalid");
  EXPECT_NE(why_of(fine, &store).sentence.find("ddof 0"), std::string::npos);

  json run = read_run(directory(fine));
  run["build"] = "rlreason 0.0.1";
  process::write_file_atomic(directory(fine) / "run.json", run.dump());
  EXPECT_EQ(why_of(fine).state, "stale");
  EXPECT_NE(why_of(fine).sentence.find("0.0.1"), std::string::npos);
}

TEST_F(WhyTest, AMissingRunNamesItsRelative) {
  const size_t one = train("one", {{"steps", 2}});
  run_local(graph_, options());
  graph_.specs[one].config["fake"]["steps"] = 9;
  graph_.specs[one].identity = sha256("one, changed");
  const Reason reason = why_of(one);
  EXPECT_EQ(reason.state, "missing");
  EXPECT_NE(reason.sentence.find("fake.steps 2 there, 9 here"), std::string::npos)
      << reason.sentence;
}

// A coordinator in a process of its own; returns its exit code: 0 when all is done, 75 when stopped.
class StopTest : public SweepTest {
 protected:
  pid_t coordinator() {
    const pid_t pid = fork();
    if (pid != 0) return pid;
    process::install_stop_levels();
    const PoolReport report = run_local(graph_, options(1));
    _exit(report.count(NodeState::preempted) > 0 ? 75 : 0);
  }
  void wait_for(const fs::path& file) {
    while (!fs::exists(file)) std::this_thread::sleep_for(std::chrono::milliseconds(2));
  }
  int wait_for_exit(pid_t pid) {
    int status = 0;
    waitpid(pid, &status, 0);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
  }
};

TEST_F(StopTest, OnceDrains) {
  const size_t first = train("first", {{"steps", 60}, {"step_ms", 5}}), second = train("second");
  const pid_t pid = coordinator();
  wait_for(directory(first) / "counter");
  const auto holder = coordinator_in(coordinator_folder(root_ / "runs", "test"));
  ASSERT_TRUE(holder);
  EXPECT_EQ(holder->pid, pid);
  ask_to_stop(*holder, StopHow::drain);
  EXPECT_EQ(wait_for_exit(pid), 75);
  EXPECT_EQ(result_state(directory(first)), "done");  // what ran has ended by itself
  EXPECT_EQ(iterations(first).size(), 60u);
  EXPECT_FALSE(fs::exists(directory(second)));
  EXPECT_FALSE(coordinator_in(coordinator_folder(root_ / "runs", "test")));
}

TEST_F(StopTest, TwiceCheckpoints) {
  const size_t first = train("first", {{"steps", 2000}, {"step_ms", 5}});
  const pid_t pid = coordinator();
  wait_for(directory(first) / "counter");
  kill(pid, SIGINT);
  std::this_thread::sleep_for(std::chrono::milliseconds(60));
  kill(pid, SIGINT);
  EXPECT_EQ(wait_for_exit(pid), 75);
  EXPECT_EQ(result_state(directory(first)), "preempted");
}

TEST_F(StopTest, ThreeTimesKillsAndLeavesNoOrphan) {
  const size_t first = train("first", {{"steps", 2000}, {"step_ms", 5}});
  const pid_t pid = coordinator();
  wait_for(directory(first) / "counter");
  const auto worker = read_worker(directory(first));
  ASSERT_TRUE(worker);
  EXPECT_EQ(is_running(*worker), true);
  kill(static_cast<pid_t>(worker->pid), SIGSTOP);  // it cannot checkpoint
  for (int i = 0; i < 3; ++i) {
    kill(pid, SIGINT);
    std::this_thread::sleep_for(std::chrono::milliseconds(60));
  }
  wait_for_exit(pid);
  EXPECT_EQ(is_running(*worker), false);
  EXPECT_EQ(result_state(directory(first)), "");
}

}  // namespace
}  // namespace rlreason::sweep
