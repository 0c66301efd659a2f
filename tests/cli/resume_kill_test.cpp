// A run killed at any moment and resumed ends like one that never stopped: weights, moments, state, records, bit for bit.
#include <gtest/gtest.h>
#include <signal.h>

#include <map>
#include <thread>

#include "core/random.h"
#include "core/runlog/reader.h"
#include "tests/support/program.h"
#include "tests/support/steps.h"

namespace rlreason {
namespace {

using namespace testing_support;

// A small base, then LUFFY with two optimizer steps an iteration, so that old log-probs matter.
const std::vector<std::string> kSmall = {
    "--set", "model.hidden_size=32",        "--set", "model.intermediate_size=48",
    "--set", "model.num_hidden_layers=2",   "--set", "model.num_attention_heads=2",
    "--set", "model.num_key_value_heads=1", "--set", "model.head_dim=16"};

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
    std::vector<std::string> arguments = {"train",     "pretrain", "--until", "20iterations",
                                          "--run-dir", "base",     "--quiet"};
    arguments.insert(arguments.end(), kSmall.begin(), kSmall.end());
    const Finished base = rlreason(arguments, scratch_->path());
    ASSERT_EQ(base.code, 0) << base.err;
    const Finished whole = rlreason(luffy_arguments(base_dir(), "whole"), scratch_->path());
    ASSERT_EQ(whole.code, 0) << whole.err;
  }
  static void TearDownTestSuite() { delete scratch_; }
  static fs::path base_dir() { return scratch_->path() / "base"; }
  static const fs::path& dir() { return scratch_->path(); }

  static void expect_same_run(const fs::path& run) {
    const fs::path last = "checkpoints/step-00000024";
    for (const char* file :
         {"model.safetensors", "optimizer.safetensors", "tokenizer.json", "config.json"})
      EXPECT_TRUE(text_of(dir() / "whole" / last / file) == text_of(run / last / file)) << file;
    auto state = [&](const fs::path& own) {
      nlohmann::json json = nlohmann::json::parse(text_of(own / last / "state.json"));
      json.erase("train_seconds");
      return json;
    };
    EXPECT_EQ(state(dir() / "whole"), state(run));
    EXPECT_EQ(steps_of(dir() / "whole"), steps_of(run));
  }

  static Scratch* scratch_;
};
Scratch* ResumeTest::scratch_ = nullptr;

// Starts the run, sends `signal` after a drawn time, again and again, then lets it end.
void interrupt_and_finish(const fs::path& cwd, const std::vector<std::string>& arguments,
                          int signal, Sequence& random, int times) {
  for (int i = 0; i < times; ++i) {
    process::Child child = process::spawn(program_options("rlreason", arguments, cwd));
    const auto status = child.wait(std::chrono::milliseconds(random.between(30, 900)));
    if (status) {
      ASSERT_EQ(status->code, 0);
      continue;
    }
    child.signal(signal);
    const process::ExitStatus ended = child.wait();
    if (signal == SIGTERM) {
      ASSERT_TRUE(ended.code == 75 || ended.code == 0) << ended.code << "\n"
                                                       << text_of(cwd / "stderr.txt");
    }
  }
  const Finished finished = rlreason(arguments, cwd);
  ASSERT_EQ(finished.code, 0) << finished.err;
}

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
