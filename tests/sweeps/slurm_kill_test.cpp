// The Slurm pool against a stand-in for Slurm in PATH: chunks, killed coordinators and workers, stops, nothing run twice.
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <cstdlib>
#include <sstream>
#include <thread>

#include "core/process/signals.h"
#include "core/process/spawn.h"
#include "sweeps/pool/liveness.h"
#include "sweeps/pool/slurm.h"
#include "tests/sweeps/fixture.h"

namespace rlreason::sweep {
namespace {

class SlurmTest : public SweepTest {
 protected:
  SlurmTest() {
    ::setenv("FAKE_SLURM", (root_ / "slurm").c_str(), 1);
    const std::string path =
        RLR_SOURCE_DIR "/tests/support/fake_slurm:" + std::string(std::getenv("PATH"));
    ::setenv("PATH", path.c_str(), 1);
    slurm_.poll = std::chrono::milliseconds(50);
    slurm_.grace = std::chrono::milliseconds(300);
    slurm_.program = process::find_sibling("rlreason");
  }

  PoolReport run(store::Store* store = nullptr) {
    PoolOptions pool = options();
    pool.launch.store = store;
    return run_slurm(graph_, pool, slurm_);
  }

  int64_t count_of(const std::string& prefix) const {
    int64_t n = 0;
    if (!fs::exists(root_ / "slurm")) return 0;
    for (const auto& entry : fs::directory_iterator(root_ / "slurm"))
      n += entry.path().filename().string().starts_with(prefix);
    return n;
  }

  SlurmOptions slurm_;
};

TEST_F(SlurmTest, AGraphRunsInChunksAndASecondCallSubmitsNothing) {
  const size_t base = train("base");
  std::vector<size_t> rows;
  for (int i = 0; i < 5; ++i)
    rows.push_back(train("row" + std::to_string(i), {{"steps", 3}}, {{"init", base}}));
  const size_t bad = train("bad", {{"fail", "reward: required finite, nan came"}, {"code", 6}});
  const size_t after = train("after", {}, {{"init", bad}});
  store::Store store = store::Store::open(root_ / "store.db");
  const PoolReport report = run(&store);
  for (const size_t row : rows) {
    EXPECT_EQ(report.nodes[row].state, NodeState::done) << report.nodes[row].sentence;
    EXPECT_EQ(iterations(row), (std::vector<int64_t>{1, 2, 3}));
  }
  EXPECT_EQ(report.nodes[bad].state, NodeState::failed);
  EXPECT_NE(report.nodes[bad].sentence.find("nan came"), std::string::npos)
      << report.nodes[bad].sentence;
  EXPECT_EQ(report.nodes[after].state, NodeState::skipped);
  EXPECT_EQ(store.runs().size(), 7u);
  EXPECT_EQ(count_of("name."), 3);  // {base, bad}; then five rows in chunks of MaxArraySize 3
  const int64_t jobs = count_of("pid.");
  graph_.specs.erase(graph_.specs.begin() + static_cast<std::ptrdiff_t>(bad), graph_.specs.end());
  EXPECT_EQ(run(&store).count(NodeState::reused), 6u);
  EXPECT_EQ(count_of("pid."), jobs);
}

TEST_F(SlurmTest, AKilledWorkerIsSubmittedAgainAndGoesOn) {
  const size_t node = train("victim", {{"steps", 6}, {"die_at", 3}});
  const PoolReport report = run();
  EXPECT_EQ(report.nodes[node].state, NodeState::done) << report.nodes[node].sentence;
  EXPECT_EQ(iterations(node), (std::vector<int64_t>{1, 2, 3, 4, 5, 6}));
  EXPECT_EQ(count_of("name."), 2);
}

TEST_F(SlurmTest, AKilledCoordinatorsJobsAreFoundAgain) {
  std::vector<size_t> rows;
  for (int i = 0; i < 3; ++i)
    rows.push_back(train("row" + std::to_string(i), {{"steps", 60}, {"step_ms", 10}}));
  const pid_t first = fork();
  if (first == 0) {
    run();
    _exit(0);
  }
  while (!fs::exists(directory(rows[2]) / "counter"))
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  kill(first, SIGKILL);
  int status = 0;
  waitpid(first, &status, 0);
  const PoolReport report = run();
  EXPECT_EQ(report.count(NodeState::done) + report.count(NodeState::reused), 3u);
  EXPECT_EQ(count_of("name."), 1);  // nothing was submitted twice
  for (const size_t row : rows) EXPECT_EQ(iterations(row).size(), 60u);
}

// Slurm forgets jobs: what is gone from the queue is submitted again only once its log stands still.
TEST_F(SlurmTest, AForgottenDeadJobIsSubmittedAgain) {
  const size_t node = train("long", {{"steps", 40}, {"step_ms", 10}});
  std::thread killer([&] {
    while (!fs::exists(directory(node) / "counter"))
      std::this_thread::sleep_for(std::chrono::milliseconds(5));
    const auto pid = root_ / "slurm" / "pid.101.0";
    kill(std::stoi(process::read_file(pid)), SIGKILL);
    if (const auto worker = read_worker(directory(node)))
      kill(static_cast<pid_t>(worker->pid), SIGKILL);
    fs::rename(pid, root_ / "gone");
  });
  EXPECT_EQ(run().nodes[node].state, NodeState::done);
  killer.join();
  EXPECT_EQ(count_of("name."), 2);
}

TEST_F(SlurmTest, AForgottenJobThatStillWritesIsNotDoubled) {
  slurm_.grace = std::chrono::seconds(3);
  const size_t node = train("long", {{"steps", 80}, {"step_ms", 10}});
  std::thread forgetter([&] {
    while (!fs::exists(directory(node) / "counter"))
      std::this_thread::sleep_for(std::chrono::milliseconds(5));
    for (const auto& entry : fs::directory_iterator(root_ / "slurm"))
      if (entry.path().filename().string().starts_with("pid."))
        fs::rename(entry.path(), root_ / "gone");
  });
  EXPECT_EQ(run().nodes[node].state, NodeState::done);
  forgetter.join();
  EXPECT_EQ(count_of("name."), 1);
  EXPECT_EQ(iterations(node).size(), 80u);
}

TEST_F(SlurmTest, AStopCheckpointsTheJobsAndTheNextCallGoesOn) {
  const size_t node = train("long", {{"steps", 100}, {"step_ms", 10}});
  process::reset_stop();
  std::thread stopper([&] {
    while (!fs::exists(directory(node) / "counter"))
      std::this_thread::sleep_for(std::chrono::milliseconds(5));
    process::request_stop();
  });
  const PoolReport report = run();
  stopper.join();
  process::reset_stop();
  EXPECT_EQ(report.nodes[node].state, NodeState::preempted);
  EXPECT_LT(iterations(node).size(), 100u);
  EXPECT_EQ(run().nodes[node].state, NodeState::done);
  EXPECT_EQ(iterations(node).size(), 100u);
}

TEST_F(SlurmTest, TasksRunInAnyOrderAndTwice) {
  const size_t base = train("base", {{"steps", 20}, {"step_ms", 5}});
  const size_t one = train("one", {}, {{"init", base}});
  const size_t two = train("two", {}, {{"init", base}});
  const Bundle bundle = freeze(graph_, options(), slurm_.program);
  const fs::path tasks = write_tasks(graph_, bundle, options(), {two, one, base});
  // An edit of what was queued changes nothing; the graph that was queued runs.
  graph_.specs[one].config["fake"]["steps"] = 7;
  std::vector<std::thread> workers;
  for (int64_t index : {0, 1, 2, 1})
    workers.emplace_back([&, index] {
      process::SpawnOptions how;
      how.argv = {(bundle.programs / "rlreason").string(),
                  "sweep",
                  "task",
                  tasks.string(),
                  "--index",
                  std::to_string(index),
                  "--quiet"};
      EXPECT_TRUE(process::spawn(how).wait().ok()) << index;
    });
  for (std::thread& worker : workers) worker.join();
  EXPECT_EQ(iterations(base).size(), 20u);
  EXPECT_EQ(iterations(one).size(), 2u);
  EXPECT_EQ(iterations(two).size(), 2u);
  EXPECT_THROW(read_task(tasks, 3), UserError);
  fs::permissions(bundle.graph, fs::perms::owner_write, fs::perm_options::add);
  std::ofstream(bundle.graph, std::ios::app) << " ";
  EXPECT_THROW(read_task(tasks, 0), DataError);
}

}  // namespace
}  // namespace rlreason::sweep
