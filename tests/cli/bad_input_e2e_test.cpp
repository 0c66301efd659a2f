// What users get wrong: one clear sentence, the right exit code, nothing half-written.
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "core/process/lock.h"
#include "core/store/sqlite.h"
#include "tests/support/program.h"

namespace rlreason {
namespace {

using namespace testing_support;

class BadInput : public testing::Test {
 protected:
  void SetUp() override { scratch_ = std::make_unique<Scratch>(); }

  // Exit code, and every word in what came on stderr.
  void expect_error(const std::vector<std::string>& arguments, int code,
                    const std::vector<std::string>& words) {
    const Finished finished = rlreason(arguments, dir());
    EXPECT_EQ(finished.code, code) << finished.err;
    for (const std::string& word : words)
      EXPECT_NE(finished.err.find(word), std::string::npos)
          << "required '" << word << "' in: " << finished.err;
    EXPECT_EQ(finished.err.find("a bug"), std::string::npos) << finished.err;
  }
  fs::path write(const std::string& name, const std::string& text) {
    std::ofstream(dir() / name, std::ios::binary) << text;
    return dir() / name;
  }
  // A trained checkpoint of a few kilobytes.
  fs::path small_run() {
    const Finished finished =
        rlreason({"train", "pretrain", "--until", "2iterations", "--run-dir", "small", "--quiet",
                  "--set", "model.hidden_size=16", "--set", "model.intermediate_size=16", "--set",
                  "model.num_hidden_layers=1", "--set", "model.num_attention_heads=1", "--set",
                  "model.num_key_value_heads=1", "--set", "model.head_dim=16"},
                 dir());
    EXPECT_EQ(finished.code, 0) << finished.err;
    return dir() / "small";
  }
  fs::path checkpoint_copy(const std::string& name) {
    fs::copy(small_run() / "checkpoints/step-00000002", dir() / name, fs::copy_options::recursive);
    return dir() / name;
  }
  const fs::path& dir() const { return scratch_->path(); }

  std::unique_ptr<Scratch> scratch_;
};

TEST_F(BadInput, UnknownKeyNamesTheNearest) {
  expect_error({"train", "luffy", "--set", "update.itertions=5"}, 2,
               {"update.itertions", "iterations"});
}
TEST_F(BadInput, UnknownRecipeNamesTheNearest) {
  expect_error({"train", "lufy"}, 2, {"lufy", "luffy"});
}
TEST_F(BadInput, UnknownPieceNamesTheNearest) {
  expect_error({"train", "luffy", "--set", "components.demonstration.shape=p_over_p_pls"}, 2,
               {"p_over_p_plus"});
}
TEST_F(BadInput, ValueOutOfRange) {
  expect_error({"train", "luffy", "--set", "components.demonstration.shape.gamma=-1"}, 2,
               {"gamma", "-1"});
}
TEST_F(BadInput, WrongType) {
  expect_error({"train", "luffy", "--set", "update.iterations=1.5"}, 2,
               {"update.iterations", "1.5"});
}
TEST_F(BadInput, KeyInARecipeFileIsNamedWithItsLine) {
  write("mine.yaml", "extends: luffy\nupdate:\n  lrr: 1e-4\n");
  expect_error({"train", "./mine.yaml"}, 2, {"mine.yaml:3", "lrr"});
}
TEST_F(BadInput, MissingCheckpoint) {
  expect_error({"train", "luffy", "--init", "nowhere"}, 3, {"nowhere"});
}
TEST_F(BadInput, GroupOfOneWithAGroupBaseline) {
  expect_error({"train", "on_policy", "--set", "slots=[{source: policy, n: 1}]"}, 2,
               {"at least 2"});
}

TEST_F(BadInput, MalformedJsonLine) {
  write("rows.jsonl", "{\"q\": \"1+1\", \"a\": \"2\"}\n{\"q\": \"broken\n");
  expect_error({"prepare-data", "jsonl", "--from", "rows.jsonl", "--map", "text=q", "--map",
                "gold=a", "--verifier", "number", "--out", "out"},
               3, {"rows.jsonl:2"});
  EXPECT_FALSE(fs::exists(dir() / "out"));
}
TEST_F(BadInput, EmptyDataset) {
  write("rows.jsonl", "");
  expect_error({"prepare-data", "jsonl", "--from", "rows.jsonl", "--map", "text=q", "--map",
                "gold=a", "--verifier", "number", "--out", "out"},
               3, {});
  EXPECT_FALSE(fs::exists(dir() / "out"));
}
TEST_F(BadInput, MissingSourceFile) {
  expect_error({"prepare-data", "gsm8k", "--from", "absent.jsonl", "--out", "out"}, 3,
               {"absent.jsonl"});
}

TEST_F(BadInput, TruncatedSafetensors) {
  const fs::path folder = checkpoint_copy("cut");
  fs::resize_file(folder / "model.safetensors", fs::file_size(folder / "model.safetensors") - 100);
  expect_error({"evaluate", folder.string(), "--suite", "ledger_easy"}, 3, {"model.safetensors"});
}
TEST_F(BadInput, HeaderOfSafetensorsIsNonsense) {
  const fs::path folder = checkpoint_copy("nonsense");
  std::ofstream(folder / "model.safetensors", std::ios::binary) << std::string(64, '\xff');
  expect_error({"evaluate", folder.string(), "--suite", "ledger_easy"}, 3, {"model.safetensors"});
}
TEST_F(BadInput, WrongShape) {
  const fs::path folder = checkpoint_copy("shape");
  auto config = nlohmann::json::parse(text_of(folder / "config.json"));
  config["intermediate_size"] = 32;
  write("shape/config.json", config.dump());
  expect_error({"evaluate", folder.string(), "--suite", "ledger_easy"}, 3, {"shape"});
}
TEST_F(BadInput, TokenizerAndModelDisagree) {
  const fs::path folder = checkpoint_copy("vocabulary");
  auto config = nlohmann::json::parse(text_of(folder / "config.json"));
  config["vocab_size"] = 40;
  write("vocabulary/config.json", config.dump());
  expect_error({"train", "luffy", "--init", folder.string()}, 3, {});
}
TEST_F(BadInput, DemonstrationLongerThanTheLimit) {
  const fs::path folder = checkpoint_copy("long");
  expect_error({"train", "luffy", "--init", folder.string(), "--set", "rollout.max_new_tokens=5"},
               3, {"max_new_tokens", "long_demonstrations=drop"});
}
TEST_F(BadInput, RunDirectoryInUse) {
  const fs::path run = small_run();
  fs::remove(run / "result.json");
  const process::DirectoryLock lock(run);
  const Finished finished =
      run_program("rlreason-engine", {"train", "--run-dir", run.string(), "--resume"}, dir());
  EXPECT_EQ(finished.code, 5) << finished.err;
  EXPECT_NE(finished.err.find(std::to_string(::getpid())), std::string::npos) << finished.err;
}
TEST_F(BadInput, NoSpaceLeftEndsWithTheDiskCodeAndResumes) {
  const fs::path run = small_run();
  fs::remove(run / "result.json");
  fs::remove_all(run / "checkpoints");
  const char* const kErrors[] = {"ENOSPC", "EIO", "SHORT"};
  for (int call = 1;; call += 2) {
    const std::string at = std::to_string(call) + ":" + kErrors[call % 3];
    const Finished failed =
        run_program("rlreason-engine", {"train", "--run-dir", run.string(), "--resume"}, dir(),
                    {{"RLREASON_FAIL_AT", at}});
    if (failed.code == 0) break;  // fewer calls than that: every failure has been met
    EXPECT_EQ(failed.code, 7) << at << ": " << failed.err;
    ASSERT_LT(call, 400);
  }
  fs::remove(run / "result.json");
  const Finished resumed =
      run_program("rlreason-engine", {"train", "--run-dir", run.string(), "--resume"}, dir());
  EXPECT_EQ(resumed.code, 0) << resumed.err;
}
// A newer program's store says itself which older ones may still read it: none of them this one.
TEST_F(BadInput, StoreOfANewerVersion) {
  small_run();
  ASSERT_EQ(rlreason({"runs"}, dir()).code, 0);
  store::Connection newer(dir() / "rlreason.db", store::Mode::read_write);
  newer.execute(
      "UPDATE meta SET value = '9999' WHERE key IN ('min_reader', 'min_writer'); "
      "PRAGMA user_version = 9999");
  expect_error({"runs"}, 8, {"newer"});
}

}  // namespace
}  // namespace rlreason
