// A run killed at any moment and resumed ends like one that never stopped: weights, moments, state, records, bit for bit.
#include <gtest/gtest.h>

#include <map>

#include "core/runlog/reader.h"
#include "tests/support/interrupted_run.h"
#include "tests/support/steps.h"

namespace rlreason {
namespace {

using namespace testing_support;

// LUFFY with two optimizer steps an iteration on a small base, so that old log-probs matter.
std::vector<std::string> luffy_arguments(const fs::path& base, const std::string& run_dir) {
  return {"train",     "luffy",
          "--init",    base.string(),
          "--until",   "24iterations",
          "--set",     "checkpoint.every=5",
          "--set",     "update.mini_batches=2",
          "--set",     "data.demonstrations.prompts=5",
          "--set",     "data.fresh.prompts=2",
          "--run-dir", run_dir,
          "--quiet",   "--resume"};
}

class ResumeTest : public testing::Test {
 protected:
  static void SetUpTestSuite() {
    scratch_ = new Scratch;
    make_small_base(scratch_->path());
    const Finished whole = rlreason(luffy_arguments(base_dir(), "whole"), scratch_->path());
    ASSERT_EQ(whole.code, 0) << whole.err;
  }
  static void TearDownTestSuite() { delete scratch_; }
  static fs::path base_dir() { return scratch_->path() / "base"; }
  static const fs::path& dir() { return scratch_->path(); }

  static void expect_same_run(const fs::path& run) {
    expect_same_checkpoint(dir() / "whole", run, "step-00000024");
    EXPECT_EQ(steps_of(dir() / "whole"), steps_of(run));
  }

  static Scratch* scratch_;
};
Scratch* ResumeTest::scratch_ = nullptr;

TEST_F(ResumeTest, KilledAtRandomMomentsEndsBitIdentical) {
  for (uint64_t seed = 0; seed < 4; ++seed) {
    Sequence random({.seed = seed, .purpose = Purpose::noise});
    const std::string name = "killed-" + std::to_string(seed);
    interrupt_and_finish(dir(), luffy_arguments(base_dir(), name), SIGKILL, random, 4);
    expect_same_run(dir() / name);
  }
}

TEST_F(ResumeTest, StoppedBySigtermCheckpointsAndEndsBitIdentical) {
  Sequence random({.seed = 77, .purpose = Purpose::noise});
  interrupt_and_finish(dir(), luffy_arguments(base_dir(), "stopped"), SIGTERM, random, 4);
  expect_same_run(dir() / "stopped");
}

// What a rung of a search does: the engine leaves after an iteration, and goes on from there another time.
TEST_F(ResumeTest, PausedAgainAndAgainItEndsBitIdentical) {
  const fs::path run = dir() / "paused";
  fs::create_directories(run);
  nlohmann::json description = nlohmann::json::parse(text_of(dir() / "whole" / "run.json"));
  std::ofstream(run / "run.json") << description.dump();
  for (const int64_t until :
       {3, 10, 10, 19}) {  // 3, 19: between two checkpoints; 10 twice: nothing to do
    const Finished paused = run_program(
        "rlreason-engine",
        {"train", "--run-dir", run.string(), "--resume", "--pause-at", std::to_string(until)},
        dir());
    EXPECT_EQ(paused.code, 75) << paused.err;
    const nlohmann::json result = nlohmann::json::parse(text_of(run / "result.json"));
    EXPECT_EQ(result["state"], "paused");
    EXPECT_EQ(result["iteration"], until);
  }
  const Finished ended =
      run_program("rlreason-engine",
                  {"train", "--run-dir", run.string(), "--resume", "--pause-at", "99"}, dir());
  EXPECT_EQ(ended.code, 0) << ended.err;
  expect_same_run(run);
}

TEST_F(ResumeTest, TheSameRunAgainIsReusedAndANewOneIsRefusedWithoutResume) {
  std::vector<std::string> arguments = luffy_arguments(base_dir(), "whole");
  arguments.pop_back();
  const Finished again = rlreason(arguments, dir());
  EXPECT_EQ(again.code, 0) << again.err;
  EXPECT_NE(again.out.find("reused"), std::string::npos) << again.out;
  arguments[1] = "on_policy";
  const Finished other = rlreason(arguments, dir());
  EXPECT_EQ(other.code, 5) << other.err;
}

TEST_F(ResumeTest, ADamagedNewestCheckpointFallsBackToTheOlderOne) {
  const fs::path copy = dir() / "damaged";
  fs::copy(dir() / "whole", copy, fs::copy_options::recursive);
  fs::remove(copy / "result.json");
  {
    std::fstream file(copy / "checkpoints/step-00000024/optimizer.safetensors",
                      std::ios::in | std::ios::out | std::ios::binary);
    file.seekp(2000);
    file.put('\x55');
  }
  const Finished resumed = rlreason(luffy_arguments(base_dir(), "damaged"), dir());
  ASSERT_EQ(resumed.code, 0) << resumed.err;
  expect_same_run(copy);
}

}  // namespace
}  // namespace rlreason
