// Every recipe on a small model: finite numbers, and a run gone back to an older checkpoint ends alike.
#include <gtest/gtest.h>

#include "core/embedded.h"
#include "core/runlog/reader.h"
#include "tests/support/program.h"
#include "trainers/catalog/recipe.h"

namespace rlreason {
namespace {

using namespace testing_support;

class EveryRecipe : public testing::TestWithParam<std::string> {
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
Scratch* EveryRecipe::scratch_ = nullptr;

// Teachers are the other small model; copies of the own weights are renewed between checkpoints.
std::vector<std::string> anchor_changes(const std::string& recipe) {
  std::vector<std::string> changes;
  for (const train::AnchorConfig& anchor :
       train::resolve_config(recipe, "tiny", {}).config.anchors) {
    const std::string path = "anchors." + anchor.name;
    if (anchor.every > 0)
      changes.insert(changes.end(), {"--set", path + ".every=" + (recipe == "vcpo" ? "0" : "3")});
    if (recipe == "vcpo") changes.insert(changes.end(), {"--set", path + ".behind=3"});
    for (size_t i = 0; i < anchor.runs.size(); ++i)
      changes.insert(changes.end(), {"--set", path + ".runs." + std::to_string(i) +
                                                  ".checkpoint=" + (i == 0 ? "teacher" : "base")});
  }
  return changes;
}

// The small base solves next to nothing: what a recipe waits for or keeps only when right would never come.
std::vector<std::string> eased(const std::string& recipe) {
  if (recipe.starts_with("exgrpo"))
    return {"replay.start_solve_rate=0", "replay.collect_before_start=true", "replay.admit=any"};
  if (recipe == "spear") return {"replay.advantage_above=-1"};
  if (recipe == "remix") return {"replay.until=15"};
  if (recipe == "bepa") return {"replay.admit=any", "data.demonstrations.dataset.rows=12"};
  if (recipe == "brorl" || recipe.starts_with("drive")) return {"slots.0.n=8"};
  return {};
}

TEST_P(EveryRecipe, TrainsWithFiniteNumbersAndResumesBitIdentical) {
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
  for (const std::string& set : eased(recipe)) arguments.insert(arguments.end(), {"--set", set});
  const Finished whole = rlreason(arguments, scratch_->path());
  ASSERT_EQ(whole.code, 0) << whole.err;
  const fs::path run = scratch_->path() / recipe;
  size_t steps = 0;
  double replayed = 0;
  int64_t started_ms = 0;
  runlog::Reader reader(run);
  runlog::Cursor cursor;
  for (auto records = reader.read(cursor); !records.empty(); records = reader.read(cursor))
    for (const runlog::Record& record : records) {
      if (record.kind == runlog::Kind::hello) started_ms = record.payload.at("started_ms");
      if (record.kind == runlog::Kind::bye) {
        EXPECT_GT(record.payload.at("ended_ms").get<int64_t>(), started_ms);
      }
      if (record.kind != runlog::Kind::step) continue;
      ++steps;
      replayed += record.payload.at("values").value("replay/share", 0.0);
      for (const auto& [name, value] : record.payload.at("values").items())
        EXPECT_TRUE(value.is_number()) << name << " " << value;
    }
  EXPECT_EQ(steps, 20u);
  if (train::needs_of(train::resolve_config(recipe, "tiny", {}).config).replay) {
    EXPECT_GT(replayed, 0.0) << "nothing was replayed";
  }
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

// All that train on the setting's sources; the stages that make its base have sources of their own.
std::vector<std::string> recipes() {
  std::vector<std::string> names = embedded_names("trainers/recipes/");
  std::erase_if(names,
                [](const std::string& name) { return name == "pretrain" || name == "anneal"; });
  return names;
}

INSTANTIATE_TEST_SUITE_P(All, EveryRecipe, testing::ValuesIn(recipes()),
                         [](const auto& own) { return own.param; });

}  // namespace
}  // namespace rlreason
