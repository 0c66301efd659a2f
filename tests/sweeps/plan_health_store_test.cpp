// What a store and result files say about the health of a plan's trainings, evaluations while training included.
#include "sweeps/experiment.h"
#include "sweeps/plan_health.h"
#include "tests/sweeps/fixture.h"

namespace rlreason::sweep {
namespace {

// A plan of two trainings at one seed, each with an evaluation of its own.
class PlanHealthTest : public SweepTest {
 protected:
  void make(const json& first, const json& second) {
    for (const auto& [label, fake] : {std::pair{"first", first}, std::pair{"second", second}}) {
      const size_t trained = train(label, fake);
      const size_t evaluated = add(train::RunKind::evaluate, std::string("evaluate ") + label, 0,
                                   {{"suites", {{"hard", 0.5}}}}, {{"checkpoint", trained}});
      plan_.cells.push_back({label, 0, trained, evaluated});
    }
    plan_.graph = graph_;
    PoolOptions pool = options();
    pool.launch.store = &store_;
    report_ = run_local(graph_, pool);
    ASSERT_EQ(report_.count(NodeState::done), 4u);
  }

  store::Store store_ = store::Store::open(root_ / "store.db");
  ExpandedPlan plan_;
  PoolReport report_;
};

// The stand-in's reward rises by 0.1 a step; of the suites one falls from 24 to 8 of 32 right samples.
TEST_F(PlanHealthTest, AnEvaluationThatFallsWhileTheRewardRises) {
  make({{"steps", 30},
        {"suites_at",
         {{"5", {{"easy", 0.5}, {"hard", 0.75}}}, {"25", {{"easy", 0.5}, {"hard", 0.25}}}}}},
       {{"steps", 30}, {"suites_at", {{"5", {{"hard", 0.75}}}}}});
  const std::vector<CellHealth> health = plan_health(store_, plan_);
  ASSERT_EQ(health.size(), 1u);
  EXPECT_EQ(health[0].row, "first");
  EXPECT_EQ(health[0].note.rule, "reward_vs_eval");
  EXPECT_EQ(health[0].note.iteration, 25);
  EXPECT_NE(health[0].note.sentence.find("eval/hard/mean_at_k fell by 0.50"), std::string::npos)
      << health[0].note.sentence;
  EXPECT_EQ(record_health(store_, plan_), 1u);
  EXPECT_EQ(record_health(store_, plan_), 0u);  // once
}

TEST_F(PlanHealthTest, TrainingsThatEndedEarlyAreNamedAndHostileWordsAreHarmless) {
  make({{"steps", 12},
        {"stopped", {{"rule", "entropy"}, {"iteration", 12}, {"sentence", "low\x1b[2J"}}}},
       {{"steps", 12}, {"stopped", "nonsense"}});
  const std::vector<CellStop> stops = plan_stops(plan_, report_);
  ASSERT_EQ(stops.size(), 1u);
  EXPECT_EQ(stops[0].row, "first");
  EXPECT_EQ(stops[0].stop.rule, "entropy");
  EXPECT_EQ(stops[0].stop.iteration, 12);
  EXPECT_EQ(stops[0].stop.sentence.find('\x1b'), std::string::npos);
  EXPECT_EQ(cell_status(plan_, plan_.cells[0], report_, &store_), "done, stopped at 12");
  EXPECT_EQ(cell_status(plan_, plan_.cells[1], report_, &store_), "done");
}

}  // namespace
}  // namespace rlreason::sweep
