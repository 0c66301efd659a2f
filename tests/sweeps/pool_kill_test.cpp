// The coordinator itself is killed, or there are two of them.
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <thread>

#include "tests/sweeps/fixture.h"

namespace rlreason::sweep {
namespace {

class PoolKillTest : public SweepTest {
 protected:
  PoolKillTest() {
    for (int i = 0; i < 4; ++i)
      rows_.push_back(train("row" + std::to_string(i), {{"steps", 40}, {"step_ms", 5}}));
    last_ = train("last", {}, {{"init", rows_[0]}, {"init", rows_[3]}});
  }

  // A process that coordinates until it is killed.
  pid_t coordinator(const PoolOptions& how, bool with_store) {
    const pid_t pid = fork();
    if (pid != 0) return pid;
    PoolOptions pool = how;
    std::optional<store::Store> store;
    if (with_store) pool.launch.store = &store.emplace(store::Store::open(root_ / "store.db"));
    run_local(graph_, pool);
    _exit(0);
  }

  void kill_after(pid_t pid, int ms) {
    std::this_thread::sleep_for(std::chrono::milliseconds(ms));
    kill(pid, SIGKILL);
    int status = 0;
    waitpid(pid, &status, 0);
  }

  std::vector<size_t> rows_;
  size_t last_ = 0;
};

TEST_F(PoolKillTest, AKilledCoordinatorIsFinishedByTheNextCall) {
  for (int ms : {30, 110, 190, 270, 350}) kill_after(coordinator(options(), true), ms);
  store::Store store = store::Store::open(root_ / "store.db");
  EXPECT_FALSE(store.integrity_problem());
  PoolOptions pool = options();
  pool.launch.store = &store;
  const PoolReport report = run_local(graph_, pool);
  EXPECT_EQ(report.count(NodeState::done) + report.count(NodeState::reused), graph_.specs.size());
  EXPECT_FALSE(store.integrity_problem());
  for (size_t row : rows_) {
    // A step whose counter was not saved is repeated, none is lost.
    std::vector<int64_t> found = iterations(row);
    std::sort(found.begin(), found.end());
    found.erase(std::unique(found.begin(), found.end()), found.end());
    EXPECT_EQ(found.size(), 40u);
    EXPECT_EQ(found.back(), 40);
  }
  for (const store::RunRow& run : store.runs()) {
    EXPECT_EQ(run.state, store::RunState::done) << run.name;
    if (run.recipe != "last") {
      EXPECT_EQ(store.curve(run.uid, "rollout/reward").size(), 40u) << run.name;
    }
  }
}

TEST_F(PoolKillTest, TwoCoordinatorsOfOnePlanAreRefused) {
  const pid_t first = coordinator(options(), false);
  while (!fs::exists(directory(rows_[0]) / "counter"))
    std::this_thread::sleep_for(std::chrono::milliseconds(2));
  for (size_t row : rows_) graph_.specs[row].config["fake"]["steps"] = 1000;
  kill(first, SIGSTOP);  // it holds its lock for as long as we like
  const std::string sentence = sentence_of<RefusedError>([&] { run_local(graph_, options()); });
  EXPECT_NE(sentence.find(std::to_string(first)), std::string::npos) << sentence;
  kill_after(first, 0);
}

TEST_F(PoolKillTest, TwoPlansShareARun) {
  PoolOptions other = options();
  other.key = "other";
  const pid_t first = coordinator(other, false);
  while (!fs::exists(directory(rows_[0]) / "counter"))
    std::this_thread::sleep_for(std::chrono::milliseconds(2));
  const PoolReport report = run_local(graph_, options());
  int status = 0;
  waitpid(first, &status, 0);
  EXPECT_EQ(report.count(NodeState::done) + report.count(NodeState::reused), graph_.specs.size());
  EXPECT_GE(report.count(NodeState::reused), 1u);
  for (size_t row : rows_) EXPECT_EQ(iterations(row).size(), 40u);
}

}  // namespace
}  // namespace rlreason::sweep
