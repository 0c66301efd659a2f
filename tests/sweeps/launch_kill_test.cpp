#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <thread>

#include "core/process/signals.h"
#include "sweeps/pool/liveness.h"
#include "tests/sweeps/fixture.h"

namespace rlreason::sweep {
namespace {

using train::RunKind;

TEST_F(SweepTest, RunsAGraphInDependencyOrderAndReusesIt) {
  const size_t base = train("base", {{"steps", 3}});
  const size_t sft = train("sft", {}, {{"init", base}});
  const size_t rl = train("rl", {}, {{"init", sft}});
  const size_t other = train("other", {}, {{"init", base}});
  const size_t evaluation =
      add(RunKind::evaluate, "evaluate", 0, {{"suites", {{"hard", 0.5}}}}, {{"checkpoint", rl}});
  const PoolReport first = run_local(graph_, options());
  EXPECT_EQ(first.count(NodeState::done), 5u) << first.nodes[evaluation].sentence;
  EXPECT_NO_THROW(throw_for(graph_, first));
  EXPECT_EQ(iterations(base), (std::vector<int64_t>{1, 2, 3}));
  const json run = json::parse(process::read_file(directory(sft) / "run.json"));
  EXPECT_EQ(run["producers"][0]["path"], directory(base).filename().string());
  EXPECT_EQ(run["producers"][0]["identity"], graph_.specs[base].identity);
  EXPECT_EQ(run["kind"], "train");

  const auto stamp = fs::last_write_time(directory(other) / "result.json");
  const PoolReport second = run_local(graph_, options());
  EXPECT_EQ(second.count(NodeState::reused), 5u);
  EXPECT_EQ(fs::last_write_time(directory(other) / "result.json"), stamp);
  EXPECT_EQ(iterations(base).size(), 3u);
}

TEST_F(SweepTest, AFailedNodeSkipsItsDependentsAndNothingElse) {
  const size_t bad =
      train("bad", {{"fail", "rewards: required finite numbers, nan came"}, {"code", 6}});
  const size_t after = train("after", {}, {{"init", bad}});
  const size_t later = train("later", {}, {{"init", after}});
  const size_t fine = train("fine");
  const PoolReport report = run_local(graph_, options());
  EXPECT_EQ(report.nodes[bad].state, NodeState::failed);
  EXPECT_EQ(report.nodes[after].state, NodeState::skipped);
  EXPECT_EQ(report.nodes[later].state, NodeState::skipped);
  EXPECT_EQ(report.nodes[fine].state, NodeState::done);
  const std::string sentence = sentence_of<CellsFailedError>([&] { throw_for(graph_, report); });
  EXPECT_NE(sentence.find("1 of 4 runs failed and 2 that need them were skipped"),
            std::string::npos)
      << sentence;
  EXPECT_NE(sentence.find("rewards: required finite numbers, nan came"), std::string::npos)
      << sentence;
}

TEST_F(SweepTest, AKilledEngineIsASentenceAndTheNextCallResumesIt) {
  const size_t node = train("victim", {{"steps", 5}, {"die_at", 3}});
  store::Store store = store::Store::open(root_ / "store.db");
  PoolOptions pool = options();
  pool.launch.store = &store;
  const PoolReport first = run_local(graph_, pool);
  EXPECT_EQ(first.nodes[node].state, NodeState::failed);
  EXPECT_NE(first.nodes[node].sentence.find("SIGKILL"), std::string::npos)
      << first.nodes[node].sentence;
  EXPECT_EQ(store.runs().at(0).state, store::RunState::killed);
  const PoolReport second = run_local(graph_, pool);
  EXPECT_EQ(second.nodes[node].state, NodeState::done) << second.nodes[node].sentence;
  EXPECT_EQ(iterations(node), (std::vector<int64_t>{1, 2, 3, 4, 5}));
  EXPECT_EQ(store.runs().at(0).state, store::RunState::done);
  EXPECT_EQ(store.curve(store.runs().at(0).uid, "rollout/reward").size(), 5u);
}

TEST_F(SweepTest, AStopSignalDrainsAndTheNextCallGoesOn) {
  const size_t node = train("long", {{"steps", 400}, {"step_ms", 5}});
  const size_t after = train("after", {}, {{"init", node}});
  process::reset_stop();
  std::thread stopper([&] {
    while (!fs::exists(directory(node) / "counter"))
      std::this_thread::sleep_for(std::chrono::milliseconds(2));
    process::request_stop();
  });
  const PoolReport report = run_local(graph_, options());
  stopper.join();
  process::reset_stop();
  EXPECT_EQ(report.nodes[node].state, NodeState::preempted);
  EXPECT_EQ(report.nodes[after].state, NodeState::preempted);
  EXPECT_EQ(sentence_of<PreemptedError>([&] {
              throw_for(graph_, report);
            }).find("stopped with 0 of 2 runs finished"),
            0u);
  graph_.specs[node].config["fake"]["steps"] = 400;  // the run directory keeps its own description
  const size_t reached = iterations(node).size();
  EXPECT_LT(reached, 400u);
  const PoolReport second = run_local(graph_, options());
  EXPECT_EQ(second.count(NodeState::done), 2u);
  EXPECT_EQ(iterations(node).size(), 400u);
}

TEST_F(SweepTest, AnEngineThatIsStoppedWhileItStartsIsPreempted) {
  const size_t node = train("early");
  LaunchOptions how = launch();
  how.engine = root_ / "slow_engine";  // one that has no handler yet
  std::ofstream(how.engine) << "#!/bin/sh\nexec sleep 60\n";
  fs::permissions(how.engine, fs::perms::owner_all);
  RunProcess run(graph_, node, how);
  run.stop();
  while (!run.poll()) std::this_thread::sleep_for(std::chrono::milliseconds(5));
  EXPECT_EQ(run.outcome().state, RunState::preempted);
  EXPECT_EQ(run.outcome().code, ExitCode::preempted);
  EXPECT_NE(run.outcome().sentence.find("before the engine had begun"), std::string::npos);
  how = launch();
  how.resume = true;
  EXPECT_EQ(run_node(graph_, node, how).state, RunState::done);
}

TEST_F(SweepTest, AWorkerThatIsGoingIsWaitedForAndOneThatStaysIsNot) {
  const size_t node = train("shared", {{"steps", 5}, {"die_at", 2}});
  LaunchOptions how = launch();
  how.resume = true;
  EXPECT_EQ(run_node(graph_, node, how).state, RunState::failed);
  const pid_t stays = fork();  // holds no lock, as a process that is being killed
  if (stays == 0) {
    pause();
    _exit(0);
  }
  write_worker(directory(node), stays);
  const std::string sentence = sentence_of<RefusedError>([&] { run_node(graph_, node, how); });
  EXPECT_NE(sentence.find(fmt::format("process {} does", stays)), std::string::npos) << sentence;
  std::thread killer([&] {
    std::this_thread::sleep_for(std::chrono::milliseconds(200));
    kill(stays, SIGKILL);
    waitpid(stays, nullptr, 0);
  });
  EXPECT_EQ(run_node(graph_, node, how).state, RunState::done);
  killer.join();
}

TEST_F(SweepTest, ManyNodesOnThreeSlots) {
  const size_t base = train("base");
  for (int i = 0; i < 12; ++i) train("row" + std::to_string(i), {{"step_ms", 5}}, {{"init", base}});
  EXPECT_EQ(run_local(graph_, options(3)).count(NodeState::done), 13u);
}

TEST_F(SweepTest, ADirectoryOfAnotherRunIsRefused) {
  const size_t node = train("one", {{"steps", 1}});
  EXPECT_EQ(run_node(graph_, node, launch()).state, RunState::done);
  const size_t other = train("two");
  LaunchOptions same = launch();
  same.run_dir = directory(node);
  EXPECT_NE(sentence_of<RefusedError>([&] {
              run_node(graph_, other, same);
            }).find("it holds one with another configuration"),
            std::string::npos);
}

TEST_F(SweepTest, AnUnfinishedDirectoryNeedsResume) {
  const size_t node = train("one", {{"steps", 4}, {"die_at", 2}});
  LaunchOptions options = launch();
  EXPECT_EQ(run_node(graph_, node, options).state, RunState::failed);
  EXPECT_NE(
      sentence_of<RefusedError>([&] { run_node(graph_, node, options); }).find("add --resume"),
      std::string::npos);
  options.resume = true;
  EXPECT_EQ(run_node(graph_, node, options).state, RunState::done);
  options.resume = false;
  EXPECT_EQ(run_node(graph_, node, options).state, RunState::reused);
}

TEST_F(SweepTest, AForeignFolderIsNotTaken) {
  const size_t node = train("one");
  LaunchOptions options = launch();
  options.run_dir = root_ / "mine";
  fs::create_directories(options.run_dir);
  std::ofstream(options.run_dir / "thesis.txt") << "x";
  options.resume = true;
  EXPECT_NE(sentence_of<RefusedError>([&] {
              run_node(graph_, node, options);
            }).find("'thesis.txt' is in it"),
            std::string::npos);
  EXPECT_FALSE(fs::exists(options.run_dir / "run.json"));
}

TEST_F(SweepTest, NeedsAreMadeOnceAndTheRunMayLieElsewhere) {
  const size_t base = train("base");
  const size_t rl = train("rl", {}, {{"init", base}});
  LaunchOptions options = launch();
  options.run_dir = root_ / "elsewhere" / "mine";
  EXPECT_EQ(run_with_needs(graph_, rl, options).state, RunState::done);
  EXPECT_TRUE(fs::exists(root_ / "elsewhere" / "mine" / "result.json"));
  EXPECT_TRUE(is_done(graph_.specs[base], directory(base)));
  EXPECT_EQ(run_with_needs(graph_, rl, options).state, RunState::reused);
}

TEST_F(SweepTest, ExitCodesAndSentencesOfTheEngineComeThrough) {
  const size_t node =
      train("disk", {{"fail", "checkpoint.bin: no space left on device"}, {"code", 7}});
  const RunOutcome outcome = run_node(graph_, node, launch());
  EXPECT_EQ(outcome.code, ExitCode::disk);
  try {
    throw_unless_done(outcome);
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ExitCode::disk);
    EXPECT_NE(std::string(error.what()).find("no space left on device"), std::string::npos);
  }
}

TEST_F(SweepTest, AMissingEngineIsASentence) {
  const size_t node = train("one");
  LaunchOptions options = launch();
  options.engine = root_ / "nothing";
  EXPECT_NE(sentence_of<UserError>([&] { run_node(graph_, node, options); }).find("nothing"),
            std::string::npos);
}

TEST_F(SweepTest, PrepareRunsInThisProcess) {
  train::RunSpec spec;
  spec.kind = RunKind::prepare;
  spec.recipe = spec.label = "prepare";
  spec.setting = "tiny";
  spec.identity = sha256("prepare");
  spec.config = {{"source", "nonsense"}};
  const size_t node = graph_.add(spec);
  const RunOutcome outcome = run_node(graph_, node, launch());
  EXPECT_EQ(outcome.state, RunState::failed);
  EXPECT_EQ(outcome.code, ExitCode::usage);
  EXPECT_NE(outcome.sentence.find("nonsense"), std::string::npos) << outcome.sentence;
}

}  // namespace
}  // namespace rlreason::sweep
