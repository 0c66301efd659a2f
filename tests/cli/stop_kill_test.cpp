// A training that a health rule ends early, with its best checkpoint as its model: killed at any moment and resumed it ends
// at the same iteration with the same bits, and what reads the run gets that checkpoint.
#include <fmt/core.h>
#include <gtest/gtest.h>

#include <set>

#include "tests/support/interrupted_run.h"
#include "tests/support/steps.h"

namespace rlreason {
namespace {

using namespace testing_support;
using nlohmann::json;

// Ten tokens are too few for most responses, so `truncation` fires as soon as it may.
class StopTest : public testing::Test {
 protected:
  static void SetUpTestSuite() {
    scratch_ = new Scratch;
    make_small_base(dir());
    const Finished whole = rlreason(arguments("whole"), dir());
    ASSERT_EQ(whole.code, 0) << whole.err;
    EXPECT_NE(whole.out.find("stopped early at iteration 13 by truncation"), std::string::npos)
        << whole.out;
  }
  static void TearDownTestSuite() { delete scratch_; }
  static const fs::path& dir() { return scratch_->path(); }

  static std::vector<std::string> arguments(const std::string& run_dir,
                                            const std::string& select = "best") {
    return {"train",     "on_policy",
            "--init",    (dir() / "base").string(),
            "--until",   "40iterations",
            "--set",     "checkpoint.every=3",
            "--set",     "checkpoint.select=" + select,
            "--set",     "stop.on=[entropy, truncation]",
            "--set",     "stop.after=13",
            "--set",     "eval.suites=[ledger_easy]",
            "--set",     "eval.every=3",
            "--set",     "eval.prompts=4",
            "--set",     "eval.samples=2",
            "--set",     "rollout.max_new_tokens=10",
            "--set",     "data.demonstrations.long_demonstrations=drop",
            "--set",     "data.demonstrations.prompts=3",
            "--set",     "data.fresh.prompts=2",
            "--run-dir", run_dir,
            "--quiet",   "--resume"};
  }
  static json result(const std::string& run) {
    return json::parse(text_of(dir() / run / "result.json"));
  }
  static std::set<std::string> kept(const std::string& run) {
    std::set<std::string> names;
    for (const auto& entry : fs::directory_iterator(dir() / run / "checkpoints"))
      names.insert(entry.path().filename().string());
    return names;
  }
  static void expect_same_as_whole(const std::string& run) {
    EXPECT_EQ(result(run), result("whole"));
    EXPECT_EQ(kept(run), kept("whole"));
    for (const std::string& name : kept("whole"))
      expect_same_checkpoint(dir() / "whole", dir() / run, name);
    EXPECT_EQ(steps_of(dir() / run), steps_of(dir() / "whole"));
  }

  static Scratch* scratch_;
};
Scratch* StopTest::scratch_ = nullptr;

TEST_F(StopTest, EndsWellAndNamesTheBestCheckpoint) {
  const json whole = result("whole");
  EXPECT_EQ(whole["state"], "done");
  EXPECT_EQ(whole["exit_code"], 0);
  EXPECT_EQ(whole["iteration"], 13);
  EXPECT_EQ(whole["stopped"]["rule"], "truncation");
  EXPECT_EQ(whole["stopped"]["iteration"], 13);
  const json last = state_in(dir() / "whole/checkpoints/step-00000013");
  EXPECT_EQ(last["iteration"], 13);
  const int64_t best = last["best_iteration"];
  EXPECT_EQ(best % 3, 0);  // an iteration that was evaluated
  EXPECT_EQ(whole["checkpoint"], fmt::format("checkpoints/step-{:08}", best));
  EXPECT_TRUE(kept("whole").contains(fmt::format("step-{:08}", best)));
  // One point an iteration of what the rules read, and the evaluations.
  const json watched = last["watched"]["iterations"];
  EXPECT_EQ(watched["rollout/truncated"].size(), 13u);
  EXPECT_EQ(watched["eval/ledger_easy/mean_at_k"], (json{3, 6, 9, 12}));
}

TEST_F(StopTest, KilledAtRandomMomentsEndsAtTheSameIterationBitIdentical) {
  for (uint64_t seed = 0; seed < 3; ++seed) {
    Sequence random({.seed = seed + 40, .purpose = Purpose::noise});
    const std::string name = "killed-" + std::to_string(seed);
    interrupt_and_finish(dir(), arguments(name), SIGKILL, random, 4);
    expect_same_as_whole(name);
  }
}

// Killed with some of what the rules read in a checkpoint: without that they would speak ten iterations later.
TEST_F(StopTest, KilledInTheMiddleTheRulesRememberWhatWasBefore) {
  const fs::path saved = dir() / "middle/checkpoints/step-00000009/manifest.json";
  process::Child child = process::spawn(program_options("rlreason", arguments("middle"), dir()));
  while (!fs::exists(saved) && !child.wait(std::chrono::milliseconds(1))) continue;
  child.signal(SIGKILL);
  child.wait();
  ASSERT_TRUE(fs::exists(saved));
  const Finished resumed = rlreason(arguments("middle"), dir());
  ASSERT_EQ(resumed.code, 0) << resumed.err;
  expect_same_as_whole("middle");
}

// Killed between its last checkpoint and its result: nothing more is trained.
TEST_F(StopTest, KilledAfterItsLastCheckpointTrainsNothingMore) {
  ASSERT_EQ(rlreason(arguments("late"), dir()).code, 0);
  fs::remove(dir() / "late/result.json");
  const Finished resumed = rlreason(arguments("late"), dir());
  ASSERT_EQ(resumed.code, 0) << resumed.err;
  expect_same_as_whole("late");
}

TEST_F(StopTest, ItsReadersGetTheModel) {
  const std::string model = result("whole")["checkpoint"];
  const Finished evaluated =
      rlreason({"evaluate", "whole", "--suite", "ledger_easy", "--samples", "1", "--json"}, dir());
  ASSERT_EQ(evaluated.code, 0) << evaluated.err;
  const std::string run = json::parse(evaluated.out).at("run_dir");
  const Finished shown = rlreason({"show", run, "--json"}, dir());
  const std::string read = json::parse(shown.out).at("evaluations").at(0).at("checkpoint");
  EXPECT_TRUE(read.ends_with("whole/" + model)) << read;
  const json whole = json::parse(rlreason({"show", "whole", "--json"}, dir()).out);
  EXPECT_EQ(whole["stopped"]["rule"], "truncation");
  for (const json& checkpoint : whole["checkpoints"])
    EXPECT_EQ(checkpoint["model"], checkpoint["path"] == model) << checkpoint;
  EXPECT_NE(rlreason({"show", "whole"}, dir())
                .out.find("done: stopped early at iteration 13 by truncation"),
            std::string::npos);
  EXPECT_NE(rlreason({"runs"}, dir()).out.find("stopped early at iteration 13"), std::string::npos);
  // A training that begins from the run begins from its model: nothing is learnt at a rate of 0.
  std::vector<std::string> next = {"train",   "on_policy",   "--init",     "whole",
                                   "--until", "1iterations", "--run-dir",  "next",
                                   "--quiet", "--set",       "update.lr=0"};
  ASSERT_EQ(rlreason(next, dir()).code, 0) << text_of(dir() / "stderr.txt");
  EXPECT_TRUE(text_of(dir() / "next/checkpoints/step-00000001/model.safetensors") ==
              text_of(dir() / "whole" / model / "model.safetensors"));
}

// The same training whose model is the last: another run with the same weights.
TEST_F(StopTest, SelectChangesTheModelAndNothingElse) {
  const Finished last = rlreason(arguments("last", "last"), dir());
  ASSERT_EQ(last.code, 0) << last.err;
  EXPECT_EQ(result("last")["checkpoint"], "checkpoints/step-00000013");
  EXPECT_EQ(steps_of(dir() / "last"), steps_of(dir() / "whole"));
  for (const std::string& name : kept("whole"))
    expect_same_checkpoint(dir() / "whole", dir() / "last", name);
  EXPECT_NE(json::parse(text_of(dir() / "last/run.json"))["identity"],
            json::parse(text_of(dir() / "whole/run.json"))["identity"]);
}

}  // namespace
}  // namespace rlreason
