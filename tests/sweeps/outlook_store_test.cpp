// What a plan costs by past runs, and what the store keeps of an experiment's variants.
#include "sweeps/experiment.h"
#include "sweeps/outlook.h"
#include "tests/sweeps/fixture.h"

namespace rlreason::sweep {
namespace {

using train::RunKind;

class OutlookTest : public SweepTest {
 protected:
  size_t of(const std::string& recipe, uint64_t seed, int64_t iterations) {
    const size_t node = add(RunKind::train, recipe, seed, {{"steps", iterations}, {"step_ms", 40}});
    graph_.specs[node].config["update"] = {{"iterations", iterations}};
    return node;
  }
  ExpandedPlan plan_of_all() const {
    ExpandedPlan plan;
    plan.graph = graph_;
    plan.plan.name = "p";
    plan.plan.seeds = {0, 1};
    plan.plan.recipes.resize(2);
    plan.plan.recipes[0].label = plan.plan.baseline = "a";
    plan.plan.recipes[1].label = "b";
    plan.plan.ablation.emplace();
    plan.rows = {"a", "b"};
    plan.declarations = {{"a", "baseline", {{"t", "on"}}, false, {}},
                         {"b", "variant", {{"t", "off"}}, false, {"x"}}};
    return plan;
  }
};

TEST_F(OutlookTest, CostIsThatOfRunsLikeThem) {
  const size_t past = of("a", 0, 10);
  store::Store store = store::Store::open(root_ / "store.db");
  PoolOptions pool = options();
  pool.launch.store = &store;
  throw_for(graph_, run_local(graph_, pool));
  const auto attempt = store.detail(store.runs().at(0).uid).attempts.at(0);
  const double seconds = static_cast<double>(attempt.ended_ms - attempt.started_ms) / 1000;
  ASSERT_GE(seconds, 0.4);
  of("a", 1, 30);
  of("stranger", 0, 10);
  ExpandedPlan plan = plan_of_all();
  plan.plan.budget_hours = 1.0;
  Outlook look = outlook(plan, inspect(graph_, pool), &store);
  const KindOutlook& train = look.kinds.at("train");
  EXPECT_EQ(train.reuse, 1);
  EXPECT_EQ(train.to_run, 2);
  EXPECT_EQ(train.unknown, 1);  // nothing like the stranger was run, and nothing is made up
  EXPECT_NEAR(train.hours * 3600, 3 * seconds, 1e-6);
  EXPECT_FALSE(look.over_budget);
  plan.plan.budget_hours = seconds / 3600;
  EXPECT_TRUE(outlook(plan, inspect(graph_, pool), &store).over_budget);
  look = outlook(plan, inspect(graph_, pool), nullptr);
  EXPECT_EQ(look.unknown, 2);
  EXPECT_EQ(look.hours, 0);
  (void)past;
}

TEST_F(OutlookTest, TheStoreKeepsRolesAndToggles) {
  const size_t a = of("a", 0, 1), b = of("b", 0, 1);
  ExpandedPlan plan = plan_of_all();
  plan.cells = {{"a", 0, a, a}, {"b", 0, b, b}};
  store::Store store = store::Store::open(root_ / "store.db");
  PoolOptions pool = options();
  pool.launch.store = &store;
  register_experiment(store, plan, run_local(graph_, pool));
  const auto cells = store.cells("p");
  ASSERT_EQ(cells.size(), 2u);
  for (const store::CellRow& cell : cells)
    EXPECT_EQ(cell.role, cell.variant == "a" ? "baseline" : "variant");
}

}  // namespace
}  // namespace rlreason::sweep
