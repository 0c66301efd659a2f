// The built-in plans as graphs of runs.
#include <gtest/gtest.h>

#include "core/embedded.h"
#include "core/error.h"
#include "sweeps/plan.h"

namespace rlreason::sweep {
namespace {

TEST(Plan, TheFiveSeedExampleExpands) {
  const ExpandedPlan plan = expand(load_plan("luffy_tiny"));
  EXPECT_EQ(plan.rows.size(), 9u);
  EXPECT_EQ(plan.cells.size(), 45u);
  EXPECT_EQ(plan.cells.front().row, "base");
  size_t bases = 0;
  for (const PlanCell& cell : plan.cells) {
    const train::RunSpec& evaluate = plan.graph.specs[cell.evaluate_node];
    EXPECT_EQ(evaluate.kind, train::RunKind::evaluate);
    EXPECT_EQ(evaluate.config["seed"], cell.seed);
    if (cell.row == "base") bases += cell.train_node == plan.cells.front().train_node;
  }
  EXPECT_EQ(bases, 5u);  // one base checkpoint under all seeds
  for (size_t i = 0; i < plan.graph.specs.size(); ++i)
    for (const train::Producer& producer : plan.graph.specs[i].producers)
      EXPECT_LT(producer.node, i);
  EXPECT_EQ(expand(load_plan("luffy_tiny")).identity, plan.identity);
  EXPECT_NE(expand(load_plan("quickstart")).identity, plan.identity);
}

TEST(Plan, EveryExampleExpands) {
  const std::vector<std::string> examples = embedded_names("sweeps/examples/");
  EXPECT_GE(examples.size(), 5u);
  for (const std::string& name : examples) {
    const ExpandedPlan plan = expand(load_plan(name));
    EXPECT_EQ(plan.plan.name, name);
    EXPECT_EQ(plan.cells.size(), plan.rows.size() * plan.plan.seeds.size()) << name;
  }
}

const nlohmann::json& training_of(const ExpandedPlan& plan, size_t row) {
  return plan.graph.specs[plan.cells.at(row).train_node].config;
}

TEST(Plan, SelectAndStopOnChangeEveryRowUnlessItSaysOtherwise) {
  const std::string rows = R"(
name: short
include_base: false
seeds: [0]
train_set: ['eval.suites=[ledger_easy]', eval.every=10]
recipes: [on_policy, {recipe: on_policy, label: own, set: [checkpoint.select=last, 'stop.on=[kl]']}]
)";
  const ExpandedPlan plain = expand(parse_plan(rows, "p.yaml"));
  EXPECT_EQ(training_of(plain, 0).at("checkpoint").at("select"), "last");
  EXPECT_TRUE(training_of(plain, 0).at("stop").at("on").empty());
  const ExpandedPlan plan =
      expand(parse_plan(rows + "select: best\nstop_on: [entropy, truncation]\n", "p.yaml"));
  EXPECT_EQ(training_of(plan, 0).at("checkpoint").at("select"), "best");
  EXPECT_EQ(training_of(plan, 0).at("stop").at("on"), (nlohmann::json{"entropy", "truncation"}));
  EXPECT_EQ(training_of(plan, 1).at("checkpoint").at("select"), "last");
  EXPECT_EQ(training_of(plan, 1).at("stop").at("on"), nlohmann::json{"kl"});
  EXPECT_NE(plan.identity, plain.identity);
  EXPECT_EQ(plan.rows, plain.rows);  // no label says what all rows share
  // What it asks for by its default is what it was without it.
  EXPECT_EQ(
      expand(parse_plan(rows + "select: last\nstop_on: []\n", "p.yaml")).graph.specs[0].identity,
      plain.graph.specs[0].identity);
  for (const char* wrong : {"select: newest\n", "stop_on: [nonfinite]\n", "stop_on: [entropie]\n"})
    EXPECT_THROW(parse_plan(rows + wrong, "p.yaml"), UserError) << wrong;
}

// Methods are compared at equal tokens: every training of the plan's rows has the same end.
TEST(Plan, TheTwelveMethodsGetTheSameTokens) {
  const ExpandedPlan plan = expand(load_plan("methods"));
  EXPECT_EQ(plan.rows.size(), 13u);
  for (const PlanCell& cell : plan.cells) {
    if (cell.row == "base") continue;
    const train::RunSpec& train = plan.graph.specs[cell.train_node];
    const double tokens = train.config.at("update").at("until_tokens");
    EXPECT_NEAR(tokens, 430000, 0.03 * 430000) << cell.row;
  }
}

}  // namespace
}  // namespace rlreason::sweep
