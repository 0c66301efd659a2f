// `rlreason evaluate` killed at any moment, topped up, and over every checkpoint: the facts are those of one quiet run.
#include <gtest/gtest.h>
#include <signal.h>

#include <algorithm>
#include <thread>

#include "core/random.h"
#include "core/store/store.h"
#include "evaluators/cells.h"
#include "tests/support/program.h"

namespace rlreason {
namespace {

using namespace testing_support;
using nlohmann::json;

class EvaluateTest : public testing::Test {
 protected:
  static void SetUpTestSuite() {
    scratch_ = new Scratch;
    std::vector<std::string> arguments = {"train",
                                          "pretrain",
                                          "--until",
                                          "30iterations",
                                          "--run-dir",
                                          "base",
                                          "--quiet",
                                          "--set",
                                          "checkpoint.every=10",
                                          "--set",
                                          "checkpoint.keep=3"};
    for (const char* set : {"hidden_size=32", "intermediate_size=48", "num_hidden_layers=2",
                            "num_attention_heads=2", "num_key_value_heads=1", "head_dim=16"})
      arguments.insert(arguments.end(), {"--set", std::string("model.") + set});
    const Finished base = rlreason(arguments, scratch_->path());
    ASSERT_EQ(base.code, 0) << base.err;
  }
  static void TearDownTestSuite() { delete scratch_; }
  static const fs::path& dir() { return scratch_->path(); }

  static std::vector<std::string> arguments(const std::string& place,
                                            std::vector<std::string> more) {
    std::vector<std::string> all = {"evaluate", "base",        "--suite",     "ledger_easy",
                                    "--suite",  "ledger_hard", "--quiet",     "--runs-dir",
                                    place,      "--store",     place + ".db", "--json"};
    all.insert(all.end(), more.begin(), more.end());
    return all;
  }

  // Of the one evaluation in this place with so many samples: item -> sample -> fact, from the store.
  static json facts(const std::string& place, int64_t samples) {
    const store::Store store = store::Store::open(dir() / (place + ".db"), store::Mode::read_only);
    json all = json::object();
    for (const store::RunRow& row : store.runs())
      for (const store::EvalFacts& own : store.all_facts(row.uid)) {
        if (own.row.protocol.at("samples") != samples || row.kind != "evaluate") continue;
        for (const store::ItemFact& item : own.items)
          for (const store::SampleFact& sample : item.samples)
            all[own.row.key.suite][item.id].push_back(
                {sample.sample, sample.outcome, sample.answer, sample.length, sample.finish});
      }
    return all;
  }

  static bool engine_began(const fs::path& runs) {
    std::error_code error;
    for (const auto& entry : fs::directory_iterator(runs, error))
      if (fs::exists(entry.path() / "worker.json")) return true;
    return false;
  }

  static Scratch* scratch_;
};
Scratch* EvaluateTest::scratch_ = nullptr;

TEST_F(EvaluateTest, KilledAtAnyMomentItGoesOnToTheSameFacts) {
  const auto whole = rlreason(arguments("whole", {"--samples", "48"}), dir());
  ASSERT_EQ(whole.code, 0) << whole.err;
  const json expected = facts("whole", 48);
  ASSERT_EQ(expected["ledger_easy"].size(), 64u);
  Sequence random({.seed = 5, .purpose = Purpose::noise});
  for (const int signal : {SIGKILL, SIGTERM}) {
    const std::string place = signal == SIGKILL ? "killed" : "stopped";
    const auto command = arguments(place, {"--samples", "48"});
    for (int i = 0; i < 5; ++i) {
      process::Child child = process::spawn(program_options("rlreason", command, dir()));
      if (child.wait(std::chrono::milliseconds(random.between(20, 700)))) continue;
      // An engine that is at work has a worker.json; before it the program may not have come to its handlers.
      const bool begun = engine_began(dir() / place);
      child.signal(signal);
      const process::ExitStatus ended = child.wait();
      if (signal == SIGTERM && begun) {
        EXPECT_EQ(ended.signal, 0);
        EXPECT_TRUE(ended.code == 75 || ended.code == 0) << ended.code;
      }
    }
    const Finished last = rlreason(command, dir());
    ASSERT_EQ(last.code, 0) << last.err;
    EXPECT_EQ(facts(place, 48), expected) << place;
    EXPECT_EQ(json::parse(last.out)["suites"], json::parse(whole.out)["suites"]);
  }
}

TEST_F(EvaluateTest, ToppingUpGeneratesMissingSamplesOnly) {
  ASSERT_EQ(rlreason(arguments("once", {"--samples", "12"}), dir()).code, 0);
  ASSERT_EQ(rlreason(arguments("twice", {"--samples", "5"}), dir()).code, 0);
  const Finished topped = rlreason(arguments("twice", {"--top-up", "12"}), dir());
  ASSERT_EQ(topped.code, 0) << topped.err;
  EXPECT_EQ(facts("twice", 12), facts("once", 12));
  const fs::path run = json::parse(topped.out)["run_dir"].get<std::string>();
  int64_t taken_over = 0, drawn = 0;
  for (const json& record : eval::eval_records(dir() / run))
    for (const json& item : record["items"])
      (record.contains("inherited_from") ? taken_over : drawn) +=
          static_cast<int64_t>(item["samples"].size());
  EXPECT_EQ(taken_over, (64 + 128) * 5);
  EXPECT_EQ(drawn, (64 + 128) * 7);
  // Another sampling seed has nothing to take over.
  const Finished other = rlreason(arguments("twice", {"--top-up", "6", "--seed", "3"}), dir());
  for (const json& record :
       eval::eval_records(dir() / json::parse(other.out)["run_dir"].get<std::string>()))
    EXPECT_FALSE(record.contains("inherited_from"));
  EXPECT_EQ(rlreason(arguments("twice", {"--top-up", "6", "--samples", "3"}), dir()).code, 2);
}

TEST_F(EvaluateTest, EveryCheckpointIsEvaluatedAndReused) {
  const auto command = arguments("curve", {"--every-checkpoint", "--samples", "2"});
  const Finished first = rlreason(command, dir());
  ASSERT_EQ(first.code, 0) << first.err;
  const json points = json::parse(first.out)["checkpoints"];
  ASSERT_GE(points.size(), 2u);
  EXPECT_EQ(points.back()["iteration"], 30);
  for (const json& point : points) EXPECT_EQ(point["suites"].size(), 2u);
  const Finished again = rlreason(command, dir());
  EXPECT_EQ(again.out, first.out);
  auto plain = command;
  plain.erase(std::find(plain.begin(), plain.end(), "--json"));
  const Finished table = rlreason(plain, dir());
  EXPECT_NE(table.out.find("ledger_hard  "), std::string::npos) << table.out;
  const Finished none = rlreason({"evaluate", (dir() / "base/checkpoints").string(),
                                  "--every-checkpoint", "--suite", "ledger_easy"},
                                 dir());
  EXPECT_EQ(none.code, 3) << none.err;
}

TEST_F(EvaluateTest, PromptsAreKeptOnceAndHashedEach) {
  const Finished done = rlreason(arguments("prompts", {"--samples", "1"}), dir());
  ASSERT_EQ(done.code, 0) << done.err;
  const fs::path run = dir() / json::parse(done.out)["run_dir"].get<std::string>();
  const json prompts = json::parse(text_of(run / "artifacts/prompts-ledger_easy.json"));
  EXPECT_EQ(prompts["sha256_16"].size(), 64u);
  EXPECT_TRUE(prompts["first"].get<std::string>().starts_with("P "));
}

}  // namespace
}  // namespace rlreason
