// rlreason analyze on a small base and a short training from it: numbers that must agree with what was recorded, and sentences.
#include <gtest/gtest.h>

#include <cmath>
#include <nlohmann/json.hpp>

#include "core/runlog/reader.h"
#include "tests/support/program.h"

namespace rlreason {
namespace {

using namespace testing_support;
using Json = nlohmann::json;

class Analyze : public testing::Test {
 protected:
  static std::vector<std::string> small(int64_t width) {
    return {"--set", "model.hidden_size=" + std::to_string(width),
            "--set", "model.intermediate_size=48",
            "--set", "model.num_hidden_layers=2",
            "--set", "model.num_attention_heads=2",
            "--set", "model.num_key_value_heads=1",
            "--set", "model.head_dim=16"};
  }
  static void must(std::vector<std::string> arguments, const std::vector<std::string>& more = {}) {
    arguments.insert(arguments.end(), more.begin(), more.end());
    arguments.push_back("--quiet");
    const Finished finished = rlreason(arguments, scratch_->path());
    ASSERT_EQ(finished.code, 0) << finished.err;
  }
  static void SetUpTestSuite() {
    scratch_ = new Scratch;
    std::vector<std::string> measured = small(32);
    for (const char* own :
         {"eval.every=10", "eval.suites=[ledger_easy]", "eval.prompts=32", "eval.samples=8"})
      measured.insert(measured.end(), {"--set", own});
    must({"train", "pretrain", "--until", "60iterations", "--run-dir", "base"}, measured);
    must({"train", "pretrain", "--until", "1iterations", "--run-dir", "narrow"}, small(16));
    must({"train", "luffy", "--init", "base", "--until", "12iterations", "--run-dir", "luffy",
          "--set", "data.demonstrations.prompts=6", "--set", "data.fresh.prompts=2", "--set",
          "update.mini_batches=1", "--set", "checkpoint.every=4", "--set", "checkpoint.keep=9"});
    must({"evaluate", "luffy", "--suite", "ledger_easy", "--every-checkpoint", "--samples", "2"});
    must({"evaluate", "base", "--suite", "ledger_easy", "--samples", "2"});
  }
  static void TearDownTestSuite() { delete scratch_; }

  static Finished run(std::vector<std::string> arguments) {
    arguments.insert(arguments.begin(), "analyze");
    arguments.push_back("--quiet");
    return rlreason(arguments, scratch_->path());
  }
  static Json json(std::vector<std::string> arguments) {
    arguments.push_back("--json");
    const Finished finished = run(arguments);
    EXPECT_EQ(finished.code, 0) << finished.err;
    return Json::parse(finished.out, nullptr, false);
  }
  static std::map<int64_t, Json> steps(const std::string& run) {
    std::map<int64_t, Json> steps;
    runlog::Reader reader(scratch_->path() / run);
    runlog::Cursor cursor;
    for (auto records = reader.read(cursor); !records.empty(); records = reader.read(cursor))
      for (const runlog::Record& record : records)
        if (record.kind == runlog::Kind::step)
          steps[record.payload.at("iteration")] = record.payload.at("values");
    return steps;
  }
  // One test below runs them all: what they look at is made once.
  void weights_of_a_training_against_its_init();
  void overlap_of_a_training_with_itself_is_whole();
  void gradients_are_those_of_the_next_iteration();
  void analyses_leave_the_run_as_it_was();
  void frontier_has_a_point_a_checkpoint_and_best_of_n();
  void pools_of_rollouts_and_demonstrations();
  void scaling_takes_the_evaluations_while_training();
  void bad_input_is_a_sentence();
  static Scratch* scratch_;
};
Scratch* Analyze::scratch_ = nullptr;

void Analyze::weights_of_a_training_against_its_init() {
  const Json named = json({"weights", "base", "luffy"});
  const Json found = json({"weights", "--from-init", "luffy"});
  EXPECT_EQ(named.at("pairs")[0].at("total"), found.at("pairs")[0].at("total"));
  const Json& total = named.at("pairs")[0].at("total");
  EXPECT_GT(total.at("changed_share").get<double>(), 0.5)
      << "AdamW moves nearly all of a small model";
  EXPECT_LE(total.at("changed_share").get<double>(), 1);
  EXPECT_GT(total.at("relative_change").get<double>(), 0);
  EXPECT_LT(total.at("relative_change").get<double>(), 0.2);
  double parameters = 0;
  for (const Json& type : named.at("pairs")[0].at("types"))
    parameters += type.at("parameters").get<double>();
  EXPECT_EQ(parameters, total.at("parameters").get<double>());
  const Json unchanged = json({"weights", "base", "base"});
  EXPECT_EQ(unchanged.at("pairs")[0].at("total").at("changed"), 0);
  EXPECT_FALSE(unchanged.at("pairs")[0].at("total").contains("rank"));
}

void Analyze::overlap_of_a_training_with_itself_is_whole() {
  const Json report =
      json({"weights", "base", "luffy", "luffy", "luffy/checkpoints/step-00000004"});
  ASSERT_EQ(report.at("overlaps").size(), 3u);
  EXPECT_EQ(report.at("overlaps")[0].at("total").at("share_of_first"), 1.0);
  const Json& early = report.at("overlaps")[1].at("total");
  EXPECT_GT(early.at("share_of_second").get<double>(),
            early.at("expected_of_second").get<double>());
  EXPECT_EQ(report.at("pairs")[2].at("name"), "luffy/step-00000004");
}

void Analyze::gradients_are_those_of_the_next_iteration() {
  const std::map<int64_t, Json> recorded = steps("luffy");
  for (const int64_t iteration : {4, 8}) {
    const Json report = json({"gradients", "luffy", "--checkpoint", std::to_string(iteration)});
    const double norm = recorded.at(iteration + 1).at("train/grad_norm");
    EXPECT_NEAR(report.at("norm").get<double>(), norm, 1e-4 * norm);
    double shares = 0;
    for (const Json& own : report.at("components")) {
      const std::string prefix = "train/" + own.at("name").get<std::string>() + "/";
      EXPECT_EQ(own.at("targets"), recorded.at(iteration + 1).at(prefix + "targets"));
      EXPECT_NEAR(own.at("loss").get<double>(),
                  recorded.at(iteration + 1).at(prefix + "loss").get<double>(), 1e-5);
      shares += own.at("share").get<double>();
    }
    EXPECT_NEAR(shares, 1, 1e-6);
    EXPECT_EQ(report.at("cosines").size(), 3u);
    for (const Json& own : report.at("cosines"))
      EXPECT_LE(std::abs(own.at("cosine").get<double>()), 1 + 1e-9);
  }
}

void Analyze::analyses_leave_the_run_as_it_was() {
  std::map<std::string, fs::file_time_type> before;
  for (const auto& entry : fs::recursive_directory_iterator(scratch_->path() / "luffy"))
    before[entry.path().string()] = entry.last_write_time();
  json({"gradients", "luffy"});
  json({"weights", "--from-init", "luffy"});
  json({"pool", "luffy", "--policy", "base"});
  std::map<std::string, fs::file_time_type> after;
  for (const auto& entry : fs::recursive_directory_iterator(scratch_->path() / "luffy"))
    after[entry.path().string()] = entry.last_write_time();
  EXPECT_TRUE(before == after);
}

void Analyze::frontier_has_a_point_a_checkpoint_and_best_of_n() {
  const Json report = json({"frontier", "luffy", "--suite", "ledger_easy"});
  ASSERT_EQ(report.at("points").size(), 3u);
  EXPECT_EQ(report.at("points")[0].at("iteration"), 4);
  for (const Json& own : report.at("points")) {
    EXPECT_TRUE(std::isfinite(own.at("kl").get<double>()));
    EXPECT_EQ(own.at("responses"), 128);
  }
  ASSERT_EQ(report.at("best_of").size(), 2u);
  EXPECT_NEAR(report.at("best_of")[1].at("kl").get<double>(), std::log(2) - 0.5, 1e-12);
  const Finished none = run({"frontier", "base"});
  EXPECT_EQ(none.code, 2);
  EXPECT_NE(none.err.find("random weights"), std::string::npos) << none.err;
}

void Analyze::pools_of_rollouts_and_demonstrations() {
  const Json report = json({"pool", "luffy", "--reference", "luffy", "--policy", "base"});
  EXPECT_EQ(report.at("comparison").at("saco"), 1.0);
  EXPECT_GT(report.at("pool").at("sources").at("demonstration").get<int>(), 0);
  EXPECT_GT(report.at("gap").at("perplexity").get<double>(), 1);
  EXPECT_EQ(run({"pool", "luffy"}).code, 0);
  EXPECT_EQ(run({"pool", "nothing_of_that_name"}).code, 2);
}

void Analyze::scaling_takes_the_evaluations_while_training() {
  const Json report = json({"scaling", "base", "--r0", "0", "--resamples", "3"});
  ASSERT_EQ(report.at("curves").size(), 1u);
  const Json& curve = report.at("curves")[0];
  EXPECT_EQ(curve.at("iterations"), Json({10, 20, 30, 40, 50, 60}));
  const std::map<int64_t, Json> recorded = steps("base");
  for (size_t i = 0; i < 6; ++i)
    EXPECT_EQ(curve.at("compute")[i],
              recorded.at(10 * (static_cast<int64_t>(i) + 1)).at("train/tokens"));
  EXPECT_EQ(curve.at("law").at("r0"), 0.0);
  EXPECT_FALSE(curve.contains("extrapolation")) << "fewer than eight points";
}

void Analyze::bad_input_is_a_sentence() {
  const auto expect = [](std::vector<std::string> arguments, int code, const std::string& words) {
    const Finished finished = run(arguments);
    EXPECT_EQ(finished.code, code) << finished.err;
    EXPECT_NE(finished.err.find(words), std::string::npos) << finished.err;
  };
  expect({"weights", "base", "narrow"}, 3, "required shape");
  expect({"weights", "base"}, 2, "one came");
  expect({"weights", "--from-init", "base"}, 2, "random weights");
  expect({"gradients", "luffy", "--checkpoint", "5"}, 2, "none of iteration 5");
  expect({"scaling", "luffy"}, 2, "at least 5 evaluations");
  expect({"scaling", "narrow"}, 2, "required evaluations along the training");
  fs::copy(scratch_->path() / "luffy/checkpoints/step-00000012", scratch_->path() / "broken",
           fs::copy_options::recursive);
  const fs::path file = scratch_->path() / "broken/model.safetensors";
  std::string bytes = text_of(file);
  bytes.replace(bytes.size() - 4, 4, std::string("\0\0\xc0\x7f", 4));  // a NaN
  std::ofstream(file, std::ios::binary) << bytes;
  expect({"weights", "base", "broken"}, 3, "required finite weights");
  std::ofstream(file, std::ios::binary) << bytes.substr(0, bytes.size() / 2);
  expect({"weights", "base", "broken"}, 3, "model.safetensors");
}

TEST_F(Analyze, OfASmallTraining) {
  weights_of_a_training_against_its_init();
  overlap_of_a_training_with_itself_is_whole();
  gradients_are_those_of_the_next_iteration();
  analyses_leave_the_run_as_it_was();
  frontier_has_a_point_a_checkpoint_and_best_of_n();
  pools_of_rollouts_and_demonstrations();
  scaling_takes_the_evaluations_while_training();
  bad_input_is_a_sentence();
}

}  // namespace
}  // namespace rlreason
