// Recipes that mix demonstrations in, on a small model: finite numbers, and a run gone back to an older checkpoint ends alike.
#include <gtest/gtest.h>

#include "core/runlog/reader.h"
#include "tests/support/program.h"
#include "trainers/catalog/recipe.h"

namespace rlreason {
namespace {

using namespace testing_support;

class MixedRecipes : public testing::TestWithParam<const char*> {
 protected:
  static void SetUpTestSuite() {
    scratch_ = new Scratch;
    for (const char* seed : {"0", "1"}) {
      const Finished base = rlreason({"train",
                                      "pretrain",
                                      "--until",
                                      "20iterations",
                                      "--run-dir",
                                      *seed == '0' ? "base" : "teacher",
                                      "--seed",
                                      seed,
                                      "--quiet",
                                      "--set",
                                      "model.hidden_size=32",
                                      "--set",
                                      "model.intermediate_size=48",
                                      "--set",
                                      "model.num_hidden_layers=2",
                                      "--set",
                                      "model.num_attention_heads=2",
                                      "--set",
                                      "model.num_key_value_heads=1",
                                      "--set",
                                      "model.head_dim=16"},
                                     scratch_->path());
      ASSERT_EQ(base.code, 0) << base.err;
    }
  }
  static void TearDownTestSuite() { delete scratch_; }
  static Scratch* scratch_;
};
Scratch* MixedRecipes::scratch_ = nullptr;

// Teachers are the other small model; copies of the own weights are renewed between checkpoints.
std::vector<std::string> anchor_changes(const std::string& recipe) {
  std::vector<std::string> changes;
  for (const train::AnchorConfig& anchor :
       train::resolve_config(recipe, "tiny", {}).config.anchors) {
    const std::string path = "anchors." + anchor.name;
    if (anchor.every > 0) changes.insert(changes.end(), {"--set", path + ".every=3"});
    for (size_t i = 0; i < anchor.runs.size(); ++i)
      changes.insert(changes.end(), {"--set", path + ".runs." + std::to_string(i) +
                                                  ".checkpoint=" + (i == 0 ? "teacher" : "base")});
  }
  return changes;
}

TEST_P(MixedRecipes, TrainsWithFiniteNumbersAndResumesBitIdentical) {
  const std::string recipe = GetParam();
  std::vector<std::string> arguments = {"train",     recipe,
                                        "--init",    "base",
                                        "--until",   "20iterations",
                                        "--set",     "checkpoint.every=10",
                                        "--set",     "data.demonstrations.prompts=6",
                                        "--set",     "data.fresh.prompts=2",
                                        "--run-dir", recipe,
                                        "--quiet",   "--resume"};
  for (const std::string& change : anchor_changes(recipe)) arguments.push_back(change);
  const Finished whole = rlreason(arguments, scratch_->path());
  ASSERT_EQ(whole.code, 0) << whole.err;
  const fs::path run = scratch_->path() / recipe;
  size_t steps = 0;
  runlog::Reader reader(run);
  runlog::Cursor cursor;
  for (auto records = reader.read(cursor); !records.empty(); records = reader.read(cursor))
    for (const runlog::Record& record : records) {
      if (record.kind != runlog::Kind::step) continue;
      ++steps;
      for (const auto& [name, value] : record.payload.at("values").items())
        EXPECT_TRUE(value.is_number()) << name << " " << value;
    }
  EXPECT_EQ(steps, 20u);
  const fs::path last = run / "checkpoints/step-00000020";
  const std::string weights = text_of(last / "model.safetensors"),
                    moments = text_of(last / "optimizer.safetensors");
  fs::remove(run / "result.json");
  fs::remove_all(last);
  const Finished resumed = rlreason(arguments, scratch_->path());
  ASSERT_EQ(resumed.code, 0) << resumed.err;
  EXPECT_TRUE(weights == text_of(last / "model.safetensors"));
  EXPECT_TRUE(moments == text_of(last / "optimizer.safetensors"));
}

INSTANTIATE_TEST_SUITE_P(All, MixedRecipes,
                         testing::Values("chord_mu", "chord_phi", "sft_is", "sft_phi", "rl_plus",
                                         "luffy_prefix", "luffy_verl", "prefix_rl",
                                         // on-policy methods
                                         "grpo", "dr_grpo", "dapo", "gspo", "cispo", "sapo", "bapo",
                                         "topr", "pessimistic", "rec_ring", "odf", "remax", "self",
                                         // rounds after a condition, hints
                                         "guide", "knowrl", "sort", "adhint", "r3l",
                                         // other policies: teachers, lagged copies, averages
                                         "opd", "exopd", "kdrl", "trrd", "oapl", "karl", "scalerl",
                                         "dph_rl", "dph_rl_js", "dph_rl_alpha", "rapo", "salsa"),
                         [](const auto& own) { return std::string(own.param); });

}  // namespace
}  // namespace rlreason
