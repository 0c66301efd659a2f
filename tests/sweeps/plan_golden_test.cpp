// Plan files: what parses, and the sentence for what does not.
#include <gtest/gtest.h>

#include "core/error.h"
#include "sweeps/plan.h"

namespace rlreason::sweep {
namespace {

constexpr const char* kHead = "name: p\nrecipes: [on_policy, luffy]\nseeds: 3\n";

std::string error_of(const std::string& yaml) {
  try {
    parse_plan(yaml, "plan.yaml");
  } catch (const UserError& error) {
    return error.what();
  }
  return "no error";
}

TEST(Plan, ShortFormsAndDefaults) {
  const Plan plan = parse_plan(kHead, "plan.yaml");
  EXPECT_EQ(plan.name, "p");
  EXPECT_EQ(plan.setting, "tiny");
  EXPECT_EQ(plan.seeds, (std::vector<uint64_t>{0, 1, 2}));
  ASSERT_EQ(plan.recipes.size(), 2u);
  EXPECT_EQ(plan.recipes[1].recipe, "luffy");
  EXPECT_EQ(plan.recipes[1].label, "luffy");
  EXPECT_EQ(plan.baseline, "on_policy");
  EXPECT_TRUE(plan.include_base);
}

TEST(Plan, LongForms) {
  const Plan plan = parse_plan(
      "name: p\nseeds: [7, 3]\nbaseline: fast luffy\nrecipes:\n  - {recipe: luffy, label: fast "
      "luffy, set: [update.lr=1e-3]}\n"
      "  - {recipe: luffy, set: [update.lr=1e-4]}\nevaluate: {suites: [ledger_hard], samples: 16}\n"
      "metrics: [ledger_hard, ledger_hard@8, 'ledger_hard:careful']\ngates: [{metric: ledger_hard, "
      "max: 0.2}]\n",
      "plan.yaml");
  EXPECT_EQ(plan.seeds, (std::vector<uint64_t>{7, 3}));
  EXPECT_EQ(plan.recipes[1].label, "luffy update.lr=1e-4");
  EXPECT_EQ(plan.evaluate.samples, 16);
  EXPECT_EQ(plan.gates.at(0).row, "base");
}

TEST(Plan, Sentences) {
  const std::pair<std::string, std::string> golden[] = {
      {std::string(kHead) + "seedz: 3\n",
       "plan.yaml:4: unknown key 'seedz'; did you mean 'seeds'?"},
      {"name: p\nrecipes: [luffy]\nseeds: [0, 1, 0]\n",
       "plan.yaml:3: seeds: required each seed once, 0 came twice"},
      {"name: p\nrecipes:\n  - luffy\n  - luffy\nseeds: 1\n",
       "plan.yaml:4: recipes.1: required a label of its own, 'luffy' is taken; give one of the "
       "rows a `label`"},
      {"name: p\nrecipes: [{recipe: luffy, label: base}]\nseeds: 1\n",
       "plan.yaml:2: recipes.0: required a label of its own, 'base' is taken; give one of the rows "
       "a `label`"},
      {std::string(kHead) + "baseline: lufy\n",
       "plan.yaml:4: baseline: required the label of a row of this plan, 'lufy' came; did you mean "
       "'luffy'?"},
      {std::string(kHead) + "metrics: ['hard@']\n",
       "plan.yaml:4: metrics: required SUITE, SUITE@K or SUITE:FLAG, 'hard@' came; for example "
       "ledger_hard@8"},
      {std::string(kHead) + "evaluate: {suites: [ledger_hard]}\nmetrics: [ledger_hart@8]\n",
       "plan.yaml:5: metrics: required a suite of `evaluate.suites`, 'ledger_hart' came; did you "
       "mean 'ledger_hard'?"},
      {std::string(kHead) + "gates: [{metric: ledger_hard}]\n",
       "plan.yaml:4: gates: required `min` or `max`, neither came"},
      {"name: ../p\nrecipes: [luffy]\nseeds: 1\n",
       "plan.yaml:1: name: required letters, digits, '_', '-' and '.', '../p' came"},
      {"- luffy\n",
       "plan.yaml: required a plan (a map with name, recipes, seeds), something else came"},
  };
  for (const auto& [yaml, sentence] : golden) EXPECT_EQ(error_of(yaml), sentence) << yaml;
}

TEST(Plan, ValuesOutOfRangeNameTheLine) {
  EXPECT_EQ(error_of("name: p\nrecipes: [luffy]\nseeds: 0\n").find("plan.yaml:3: seeds"), 0u)
      << error_of("name: p\nrecipes: [luffy]\nseeds: 0\n");
  EXPECT_EQ(error_of("name: p\nrecipes: []\nseeds: 1\n").find("plan.yaml:2: recipes"), 0u);
  EXPECT_EQ(error_of("name: p\nrecipes: [{label: x}]\nseeds: 1\n")
                .find("plan.yaml:2: recipes.0.recipe: required"),
            0u);
  EXPECT_EQ(error_of("name: p\nrecipes: [luffy]\n").find("plan.yaml"), 0u);
}

TEST(Plan, BuiltInExamplesParse) {
  for (const char* name : {"luffy_tiny", "quickstart"}) {
    const Plan plan = load_plan(name);
    EXPECT_EQ(plan.name, name);
    EXPECT_EQ(plan.baseline, "luffy");
    EXPECT_EQ(plan.metrics.front(), "ledger_hard");
  }
  EXPECT_EQ(load_plan("luffy_tiny").seeds.size(), 5u);
  EXPECT_EQ(load_plan("quickstart").seeds.size(), 3u);
}

}  // namespace
}  // namespace rlreason::sweep
