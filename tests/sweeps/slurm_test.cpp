// What is written for Slurm and read from it; slots and devices; the rule for dead runs.
#include "sweeps/pool/slurm.h"

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <thread>

#include "core/error.h"
#include "sweeps/pool/liveness.h"
#include "sweeps/pool/slots.h"
#include "tests/sweeps/fixture.h"

namespace rlreason::sweep {
namespace {

TEST(Slurm, TheScriptOfAnArray) {
  PlanResources resources;
  resources.cores = 8;
  resources.gpus = 1;
  resources.memory_gib = 1.5;
  resources.hours = 8.01;
  SlurmOptions options;
  options.at_a_time = 8;
  options.extra = {"--partition=gpu"};
  EXPECT_EQ(
      slurm_script("rlr-p-0", 25, resources, options, "/s/tasks 1.tsv",
                   {"/s/programs/a", "/s/p/graph-1.json"}, "/runs"),
      "#!/bin/sh\n#SBATCH --job-name=rlr-p-0\n#SBATCH --array=0-24%8\n#SBATCH --cpus-per-task=8\n"
      "#SBATCH --gres=gpu:1\n#SBATCH --mem=1536M\n#SBATCH --time=08:01:00\n#SBATCH --requeue\n"
      "#SBATCH --open-mode=append\n#SBATCH --signal=B:USR1@180\n#SBATCH "
      "--output=/s/p/slurm/%A_%a.out\n"
      "#SBATCH --partition=gpu\n"
      "trap 'kill -USR1 $child 2>/dev/null; wait $child; exit 99' USR1 TERM\n"
      "/s/programs/a/rlreason sweep task '/s/tasks 1.tsv' --index $SLURM_ARRAY_TASK_ID --runs-dir "
      "/runs --quiet &\n"
      "child=$!\nwait $child\n");
}

TEST(Slurm, WhatIsReadFromIt) {
  EXPECT_EQ(max_array_size("X = 1\nMaxArraySize            = 1001\n"), 1001);
  EXPECT_THROW(max_array_size("MaxJobCount = 10\n"), UserError);
  EXPECT_THROW(max_array_size("MaxArraySize = 0\n"), UserError);
  const auto elements = parse_squeue(
      "77|0|RUNNING|2026-01-01T00:00:00\n77|12|PENDING|2026-01-01T00:00:00\nslurm: "
      "error\n78|N/A|RUNNING|x\n");
  ASSERT_EQ(elements.size(), 2u);
  EXPECT_EQ(elements[1].array, "77");
  EXPECT_EQ(elements[1].index, 12);
  EXPECT_EQ(meaning_of("COMPLETING"), "running");
  EXPECT_EQ(meaning_of("CONFIGURING"), "queued");
  for (const char* state :
       {"COMPLETED", "TIMEOUT", "NODE_FAIL", "PREEMPTED", "OUT_OF_MEMORY", "something new"})
    EXPECT_EQ(meaning_of(state), "ended");
}

TEST(Slurm, WordsForAShell) {
  EXPECT_EQ(quoted("/a/b-1.tsv"), "/a/b-1.tsv");
  EXPECT_EQ(quoted("a b"), "'a b'");
  EXPECT_EQ(quoted("it's $(rm)"), "'it'\\''s $(rm)'");
  EXPECT_EQ(quoted(""), "''");
}

TEST(Slots, DevicesAsCudaReadsThem) {
  using Names = std::vector<std::string>;
  EXPECT_EQ(parse_devices("0,2, GPU-8932f937-d72c,MIG-GPU-1/2/3"),
            (Names{"0", "2", "GPU-8932f937-d72c", "MIG-GPU-1/2/3"}));
  EXPECT_EQ(parse_devices("1,-1,2"), (Names{"1"}));
  EXPECT_EQ(parse_devices(""), Names{});
  EXPECT_EQ(parse_devices("NoDevFiles"), Names{});
}

TEST(Slots, PackByShareAndMemory) {
  Slots slots(10, {{"0", 80}, {"MIG-a", 40}});
  PlanResources half;
  half.gpus = 1;
  half.gpu_share = 0.5;
  half.gpu_memory_gib = 30;
  const auto a = slots.take(half), b = slots.take(half), c = slots.take(half);
  ASSERT_TRUE(a && b && c);
  EXPECT_EQ(a->environment.at(0).second, "0");
  EXPECT_EQ(b->environment.at(0).second, "0");      // the fuller one first
  EXPECT_EQ(c->environment.at(0).second, "MIG-a");  // two of 30 GiB do not fit into 40
  EXPECT_FALSE(slots.take(half));
  slots.give_back(*a);
  slots.give_back(*b);
  PlanResources both;
  both.gpus = 2;
  EXPECT_FALSE(slots.take(both));
  slots.give_back(*c);
  const auto two = slots.take(both);
  ASSERT_TRUE(two);
  EXPECT_EQ(two->environment.at(0).second, "0,MIG-a");
  both.gpus = 3;
  EXPECT_THROW(slots.require(both), UserError);
  half.gpu_memory_gib = 60;
  EXPECT_NO_THROW(slots.require(half));
  half.gpu_memory_gib = 90;
  EXPECT_THROW(slots.require(half), UserError);
}

TEST(Slots, RunsWithoutDevicesOnlyCount) {
  Slots slots(1, {});
  const auto one = slots.take({});
  ASSERT_TRUE(one);
  EXPECT_TRUE(one->environment.empty());
  EXPECT_FALSE(slots.take({}));
}

TEST(Liveness, ThreeSignalsAreNeeded) {
  EXPECT_EQ(judge(true, false, false), Life::lost);
  EXPECT_EQ(judge(true, true, false), Life::suspect);
  EXPECT_EQ(judge(true, std::nullopt, false), Life::suspect);
  EXPECT_EQ(judge(false, false, false), Life::suspect);
  EXPECT_EQ(judge(false, true, false), Life::alive);
  EXPECT_EQ(judge(true, false, true), Life::alive);
}

class LivenessTest : public SweepTest {};

TEST_F(LivenessTest, AProcessIsKnownByItsStart) {
  Worker own = worker_of(getpid());
  EXPECT_EQ(is_running(own), true);
  own.start_ticks += 1;  // the number was given to another process
  EXPECT_EQ(is_running(own), false);
  own = worker_of(getpid());
  own.boot_id = "another";
  EXPECT_EQ(is_running(own), false);
  own.host = "elsewhere";
  EXPECT_FALSE(is_running(own));
  const pid_t zombie = fork();
  if (zombie == 0) _exit(0);
  const Worker dead = worker_of(zombie);
  std::this_thread::sleep_for(std::chrono::milliseconds(50));
  EXPECT_EQ(is_running(dead), false);
  int status = 0;
  waitpid(zombie, &status, 0);
  EXPECT_EQ(is_running(dead), false);
}

TEST_F(LivenessTest, ARunIsWatched) {
  fs::create_directories(root_ / "run" / "log");
  LifeWatch watch(std::chrono::milliseconds(60));
  write_worker(root_ / "run", getpid());
  EXPECT_EQ(watch.look(root_ / "run"), Life::alive);
  std::this_thread::sleep_for(std::chrono::milliseconds(80));
  EXPECT_EQ(watch.look(root_ / "run"), Life::suspect);      // silent, but its process is there
  EXPECT_EQ(watch.look(root_ / "run", false), Life::lost);  // and its runner says it is gone
  std::ofstream(root_ / "run" / "log" / "a") << "x";
  EXPECT_EQ(watch.look(root_ / "run", false), Life::suspect);  // it wrote
}

}  // namespace
}  // namespace rlreason::sweep
