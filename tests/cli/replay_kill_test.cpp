// A run that replays, killed at any moment or with a damaged segment, ends like one that never stopped.
#include <gtest/gtest.h>
#include <signal.h>

#include <map>

#include "core/random.h"
#include "core/runlog/reader.h"
#include "tests/support/program.h"
#include "tests/support/steps.h"

namespace rlreason {
namespace {

using namespace testing_support;

std::vector<std::string> exgrpo_arguments(const std::string& run_dir) {
  std::vector<std::string> arguments = {"train",   "exgrpo",       "--init",    "base",
                                        "--until", "24iterations", "--run-dir", run_dir,
                                        "--quiet", "--resume"};
  for (const char* set :
       {"checkpoint.every=5", "data.demonstrations.prompts=5", "data.fresh.prompts=3",
        "replay.start_solve_rate=0", "replay.collect_before_start=true", "replay.admit=any",
        "replay.capacity=150", "replay.evict=most_used", "replay.max_age=9"})
    arguments.insert(arguments.end(), {"--set", set});
  return arguments;
}

class ReplayResume : public testing::Test {
 protected:
  static void SetUpTestSuite() {
    scratch_ = new Scratch;
    std::vector<std::string> base = {"train",     "pretrain", "--until", "20iterations",
                                     "--run-dir", "base",     "--quiet"};
    for (const char* set :
         {"model.hidden_size=32", "model.intermediate_size=48", "model.num_hidden_layers=2",
          "model.num_attention_heads=2", "model.num_key_value_heads=1", "model.head_dim=16"})
      base.insert(base.end(), {"--set", set});
    const Finished made = rlreason(base, dir());
    ASSERT_EQ(made.code, 0) << made.err;
    const Finished whole = rlreason(exgrpo_arguments("whole"), dir());
    ASSERT_EQ(whole.code, 0) << whole.err;
  }
  static void TearDownTestSuite() { delete scratch_; }
  static const fs::path& dir() { return scratch_->path(); }

  // Weights, moments and what the store holds; which segments hold it depends on where the run was stopped.
  static void expect_same_run(const fs::path& run) {
    const fs::path last = "checkpoints/step-00000024";
    for (const char* file : {"model.safetensors", "optimizer.safetensors"})
      EXPECT_TRUE(text_of(dir() / "whole" / last / file) == text_of(run / last / file)) << file;
    const auto store = [&](const fs::path& own) {
      nlohmann::json json = nlohmann::json::parse(text_of(own / last / "replay.json"));
      json.at("replay").erase("segments");
      return json;
    };
    EXPECT_EQ(store(dir() / "whole"), store(run));
    EXPECT_EQ(steps_of(dir() / "whole"), steps_of(run));
  }

  static Scratch* scratch_;
};
Scratch* ReplayResume::scratch_ = nullptr;

TEST_F(ReplayResume, ItReplaysAtAll) {
  const auto values = steps_of(dir() / "whole");
  EXPECT_GT(values.at(24).at("replay/share").get<double>(), 0.03);
  EXPECT_EQ(values.at(24).at("replay/missing"), 0);
  EXPECT_LE(values.at(24).at("replay/size"), 150);
  EXPECT_LE(values.at(24).at("replay/age_max"), 9);
  EXPECT_GT(values.at(24).at("replay/lag_mean"), 0);
}

TEST_F(ReplayResume, KilledAtRandomMomentsEndsBitIdentical) {
  for (const int signal : {SIGKILL, SIGTERM})
    for (uint64_t seed = 0; seed < 2; ++seed) {
      Sequence random({.seed = seed + static_cast<uint64_t>(signal), .purpose = Purpose::noise});
      const std::string name = std::to_string(signal) + "-" + std::to_string(seed);
      for (int i = 0; i < 4; ++i) {
        process::Child child =
            process::spawn(program_options("rlreason", exgrpo_arguments(name), dir()));
        if (child.wait(std::chrono::milliseconds(random.between(100, 1500)))) continue;
        child.signal(signal);
        child.wait();
      }
      const Finished finished = rlreason(exgrpo_arguments(name), dir());
      ASSERT_EQ(finished.code, 0) << finished.err;
      expect_same_run(dir() / name);
    }
}

// Every segment of the last checkpoint in turn: flipped, cut, gone.
TEST_F(ReplayResume, ADamagedSegmentSendsTheRunBackToAnOlderCheckpoint) {
  const nlohmann::json index =
      nlohmann::json::parse(text_of(dir() / "whole/checkpoints/step-00000024/replay.json"));
  const std::string newest = index.at("replay").at("segments").back().at("file");
  int number = 0;
  for (const std::string damage : {"flip", "cut", "remove"}) {
    const fs::path copy = dir() / ("damaged-" + std::to_string(number++));
    fs::copy(dir() / "whole", copy, fs::copy_options::recursive);
    fs::remove(copy / "result.json");
    const fs::path file = copy / "replay" / newest;
    if (damage == "remove") fs::remove(file);
    if (damage == "cut") fs::resize_file(file, fs::file_size(file) / 2);
    if (damage == "flip") {
      std::fstream bytes(file, std::ios::in | std::ios::out | std::ios::binary);
      bytes.seekp(static_cast<std::streamoff>(fs::file_size(file)) - 3);
      bytes.put('\x55');
    }
    const Finished resumed = rlreason(exgrpo_arguments(copy.filename()), dir());
    ASSERT_EQ(resumed.code, 0) << resumed.err;
    expect_same_run(copy);
  }
}

TEST_F(ReplayResume, SegmentsOfRemovedCheckpointsAreGone) {
  std::set<std::string> referred;
  for (const auto& entry : fs::directory_iterator(dir() / "whole/checkpoints")) {
    const nlohmann::json index = nlohmann::json::parse(text_of(entry.path() / "replay.json"));
    for (const auto& own : index.at("replay").at("segments")) referred.insert(own.at("file"));
  }
  std::set<std::string> there;
  for (const auto& entry : fs::directory_iterator(dir() / "whole/replay"))
    there.insert(entry.path().filename());
  EXPECT_EQ(there, referred);
}

}  // namespace
}  // namespace rlreason
