// Choosing from finished cells: the best variant, sensitivity, paired spread; names of cells.
#include <gtest/gtest.h>

#include <cmath>
#include <functional>

#include "core/error.h"
#include "sweeps/best.h"
#include "sweeps/compare/statistics.h"
#include "sweeps/scores.h"
#include "sweeps/sensitivity.h"
#include "sweeps/why.h"

namespace rlreason::sweep {
namespace {

Scores table(std::vector<std::pair<std::string, std::vector<double>>> rows) {
  Scores scores{"hard", {}};
  for (auto& [row, values] : rows) {
    RowScores own{row, {}};
    for (const double value : values)
      own.by_seed.push_back(value < 0 ? std::nullopt : std::optional(value));
    scores.rows.push_back(std::move(own));
  }
  return scores;
}

Plan plan_of(size_t seeds) {
  Plan plan;
  plan.name = "p";
  for (uint64_t seed = 0; seed < seeds; ++seed) plan.seeds.push_back(seed);
  return plan;
}

TEST(Best, CarriedWhenEveryPairedIntervalIsAboveZero) {
  const Best best = best_of(table({{"base", {.9, .9, .9}},
                                   {"a", {.50, .60, .70}},
                                   {"b", {.40, .49, .61}},
                                   {"c", {.1, .22, .31}}}),
                            plan_of(3));
  EXPECT_EQ(best.ranked.size(), 3u);  // the base is no variant
  EXPECT_EQ(best.ranked[0].row, "a");
  EXPECT_NEAR(best.ranked[0].mean, 0.6, 1e-12);
  EXPECT_NEAR(*best.ranked[0].half_width, 4.302653 * 0.1 / std::sqrt(3), 1e-5);
  EXPECT_TRUE(best.carried) << best.reading;
}

TEST(Best, NotCarriedWhenOneIsClose) {
  const Best best =
      best_of(table({{"a", {.5, .6, .7}}, {"b", {.55, .5, .74}}, {"c", {.1, .2, .3}}}), plan_of(3));
  EXPECT_EQ(best.ranked[0].row, "a");
  EXPECT_FALSE(best.carried);
  EXPECT_NE(best.reading.find("1 of 2 others cannot be told apart"), std::string::npos)
      << best.reading;
}

TEST(Best, IncompleteVariantsAndSingleSeedsAreSaid) {
  const Best best = best_of(table({{"a", {.5, -1, .7}}, {"b", {.4, .5, .6}}}), plan_of(3));
  EXPECT_EQ(best.ranked.size(), 1u);
  EXPECT_EQ(best.incomplete, std::vector<std::string>{"a"});
  EXPECT_FALSE(best_of(table({{"a", {.5}}, {"b", {.4}}}), plan_of(1)).carried);
  EXPECT_THROW(best_of(table({{"a", {.5, -1}}}), plan_of(2)), RefusedError);
}

// The setting file that `best` writes gives the run of the row: same identity.
TEST(Best, TheSettingFileIsTheVariant) {
  for (const char* recipe : {"luffy", "rl_with_sft_loss"}) {
    const ExpandedPlan plan = expand(parse_plan(
        std::string("name: p\nseeds: 2\ntrain_set: [update.iterations=7]\nrecipes: [") + recipe +
            "]\ngrid: {update.lr: [1e-4, 2e-4]}\nevaluate: {suites: [ledger_hard]}\n",
        "plan.yaml"));
    const std::string row = "lr=2e-4";
    const Best best = best_of(table({{"lr=1e-4", {.1, .2}}, {row, {.5, .6}}}), plan.plan);
    const auto file =
        std::filesystem::temp_directory_path() / fmt::format("rlr_best_{}.yaml", recipe);
    {
      FILE* out = std::fopen(file.c_str(), "w");
      std::fputs(best_setting_yaml(plan, row, best, "hard").c_str(), out);
      std::fclose(out);
    }
    train::Graph graph;
    train::TrainRequest request;
    request.recipe = recipe;
    request.setting = file.string();
    request.seed = 1;
    const size_t node = train::resolve_train(graph, request);
    std::filesystem::remove(file);
    std::string wanted;
    for (const PlanCell& cell : plan.cells)
      if (cell.row == row && cell.seed == 1) wanted = plan.graph.specs[cell.train_node].identity;
    EXPECT_EQ(graph.specs[node].identity, wanted) << recipe;
  }
}

TEST(Scores, SpreadIsPooledOverRows) {
  // Differences a: .1, .2, .3 (variance .01); b: 0, .4 (variance .08); one pair of c does not count.
  const auto spread = paired_spread(table({{"base", {.5, .5, .5}},
                                           {"r", {.1, .1, .1}},
                                           {"a", {.2, .3, .4}},
                                           {"b", {.1, .5, -1}},
                                           {"c", {.9, -1, -1}}}),
                                    "r");
  ASSERT_TRUE(spread);
  EXPECT_NEAR(spread->sd, std::sqrt((2 * .01 + 1 * .08) / 3), 1e-12);
  EXPECT_EQ(spread->rows, 2);
  EXPECT_EQ(spread->pairs, 5);
  EXPECT_FALSE(paired_spread(table({{"r", {.1, .2}}}), "r"));
}

// The planner's table: 80 % power, two-sided.
TEST(Power, TheTableOfThePlanner) {
  const struct {
    int64_t n;
    double alone, of_six;
  } kRows[] = {{3, 3.26, 8.02}, {4, 2.12, 3.97}, {5, 1.69, 2.76},
               {6, 1.43, 2.20}, {8, 1.15, 1.65}, {10, 1.00, 1.37}};
  for (const auto& row : kRows) {
    EXPECT_NEAR(detectable_effect(row.n), row.alone, 0.012) << row.n;
    EXPECT_NEAR(detectable_effect(row.n, 0.05 / 6), row.of_six, 0.02) << row.n;
  }
}

TEST(Sensitivity, RanksAndShares) {
  EXPECT_NEAR(rank_correlation({1, 2, 3, 4}, {10, 20, 30, 1000}), 1, 1e-12);
  EXPECT_NEAR(rank_correlation({1, 2, 3, 4, 5}, {2, 1, 4, 3, 5}), 0.8,
              1e-12);  // 1 - 6 * 4 / (5 * 24)
  EXPECT_NEAR(rank_correlation({1, 1, 2, 2}, {1, 2, 3, 4}), 0.894427, 1e-6);  // ties share ranks
  EXPECT_EQ(rank_correlation({1, 1, 1}, {1, 2, 3}), 0);
  ExpandedPlan plan;
  Scores scores{"hard", {}};
  const double lr[] = {1e-4, 1e-4, 1e-3, 1e-3};
  const char* clip[] = {"none", "ppo", "none", "ppo"};
  const double score[] = {0.1, 0.2, 0.7, 0.8};
  for (int i = 0; i < 4; ++i) {
    PlanRow row;
    row.label = std::to_string(i);
    row.toggles = {{"lr", lr[i]}, {"clip", clip[i]}};
    plan.plan.recipes.push_back(row);
    scores.rows.push_back({row.label, {score[i], score[i]}});
  }
  const auto axes = sensitivity(plan, scores);
  ASSERT_EQ(axes.size(), 2u);
  EXPECT_EQ(axes[0].path, "lr");
  EXPECT_TRUE(axes[0].numeric);
  EXPECT_EQ(axes[0].n, 8);
  EXPECT_NEAR(axes[0].strength, 0.894427, 1e-6);
  EXPECT_EQ(axes[0].best_value, "0.001");
  // Means .4 and .5 around .45: 8 * .0025 of 2 * (.35^2 + .25^2 + .25^2 + .35^2).
  EXPECT_NEAR(axes[1].strength, 8 * 0.0025 / (4 * (0.35 * 0.35 + 0.25 * 0.25)), 1e-12);
  EXPECT_FALSE(axes[1].p);
}

TEST(Why, CellsByName) {
  ExpandedPlan plan;
  plan.plan.given = "plan.yaml";
  plan.cells = {{"a/b", 3, 0, 0}, {"c", 0, 0, 0}};
  EXPECT_EQ(find_cell(plan, "a/b/3").seed, 3u);
  EXPECT_THROW(find_cell(plan, "a/b/4"), UserError);
  EXPECT_THROW(find_cell(plan, "c"), UserError);
  EXPECT_THROW(find_cell(plan, "c/0x"), UserError);
}

}  // namespace
}  // namespace rlreason::sweep
