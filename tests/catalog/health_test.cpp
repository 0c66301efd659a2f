// Health rules on curves made by hand: each fires where its sentence says so, and which of them may end a run.
#include "trainers/catalog/health.h"

#include <gtest/gtest.h>

#include <cmath>
#include <functional>

#include "core/config/parse.h"
#include "core/error.h"
#include "trainers/catalog/recipe.h"
#include "trainers/catalog/run_spec.h"

namespace rlreason::train {
namespace {

Curves curve(const std::string& name, const std::function<double(int)>& value, int n = 60) {
  Curves curves;
  for (int i = 1; i <= n; ++i) curves[name].push_back({i, value(i)});
  return curves;
}
std::string rules(const Curves& curves) {
  std::string text;
  for (const HealthNote& note : health_of(curves)) text += note.rule + " ";
  return text;
}

TEST(Health, EveryRuleFiresAndStaysQuiet) {
  EXPECT_EQ(rules({}), "");
  EXPECT_EQ(rules(curve("rollout/entropy", [](int i) { return 1.0 / (i * i); })), "entropy ");
  Curves solved = curve("rollout/entropy", [](int i) { return 1.0 / (i * i); });
  solved.merge(curve("rollout/solve_rate", [](int) { return 0.97; }));
  EXPECT_EQ(rules(solved), "");  // certain because it is right
  EXPECT_EQ(rules(curve("rollout/entropy", [](int) { return 0.04; })),
            "");  // was so from the start
  EXPECT_EQ(rules(curve("rollout/kl_ref", [](int i) { return i * 0.02; })), "kl ");
  Curves equal = curve("train/equal_reward_groups", [](int) { return 0.95; });
  EXPECT_EQ(rules(equal), "");  // supervised
  equal.merge(curve("rollout/reward", [](int) { return 0.05; }));
  EXPECT_EQ(rules(equal), "no_signal ");
  EXPECT_EQ(rules(curve("rollout/truncated", [](int) { return 0.3; })), "truncation ");
  EXPECT_EQ(rules(curve("rollout/truncated", [](int i) { return i < 30 ? 0.9 : 0.1; })), "");
  EXPECT_EQ(rules(curve("train/logprob_mismatch", [](int) { return 0.05; })), "mismatch ");
  EXPECT_EQ(rules(curve("rollout/reward", [](int i) { return i < 40 ? 0.6 : 0.2; })),
            "reward_falls ");
  EXPECT_EQ(rules(curve("rollout/reward", [](int i) { return i / 100.0; })), "");
  EXPECT_EQ(rules(curve(
                "train/loss", [](int i) { return i == 7 ? NAN : 1.0; }, 9)),
            "nonfinite ");
  Curves hacked = curve("rollout/reward", [](int i) { return i / 100.0; });
  hacked["eval/hard/mean_at_k"] = {{0, 0.5}, {50, 0.3}};
  EXPECT_EQ(rules(hacked), "reward_vs_eval ");
  EXPECT_EQ(rules(curve(
                "rollout/truncated", [](int) { return 0.9; }, 9)),
            "");  // too few points
}

TEST(Health, RulesReadTheCurvesThatTheyDeclare) {
  // A curve that no rule reads could not be missed, one that a rule reads and nobody keeps would.
  for (const char* read :
       {"rollout/entropy", "rollout/kl_ref", "rollout/kl_old", "rollout/truncated",
        "train/logprob_mismatch", "rollout/kl_mismatch", "rollout/reward",
        "train/equal_reward_groups", "rollout/solve_rate", "train/loss", "train/grad_norm"})
    EXPECT_TRUE(read_by_health(read)) << read;
  EXPECT_TRUE(read_by_health(evaluation_curve("hard")));
  for (const char* other : {"time/iteration_s", "rollout/length", "train/reward", "eval", ""})
    EXPECT_FALSE(read_by_health(other)) << other;
}

TEST(ReasonToStop, OnlyRulesOfTheBlockAndOnlyAfterItsIterations) {
  Curves curves = curve(
      "rollout/truncated", [](int) { return 0.9; }, 30);
  curves.merge(curve(
      "rollout/kl_ref", [](int) { return 2.0; }, 30));
  EXPECT_FALSE(reason_to_stop({}, curves, 30));
  EXPECT_FALSE(reason_to_stop({.on = {"entropy"}}, curves, 30));
  EXPECT_EQ(reason_to_stop({.on = {"truncation"}}, curves, 30)->rule, "truncation");
  EXPECT_FALSE(reason_to_stop({.on = {"truncation"}, .after = 31}, curves, 30));
  EXPECT_TRUE(reason_to_stop({.on = {"truncation"}, .after = 30}, curves, 30));
  // Of several the first of the documented order, whatever the block's.
  for (const StopConfig& stop :
       {StopConfig{.on = {"truncation", "kl"}}, StopConfig{.on = {"kl", "truncation"}}})
    EXPECT_EQ(reason_to_stop(stop, curves, 30)->rule, "kl");
}

// The earliest iteration at which a run of these curves would end.
int64_t first_stop(const StopConfig& stop, const Curves& whole, int64_t n) {
  for (int64_t done = 0; done <= n; ++done) {
    Curves so_far;
    for (const auto& [name, points] : whole)
      for (const CurvePoint& point : points)
        if (point.iteration <= done) so_far[name].push_back(point);
    if (reason_to_stop(stop, so_far, done)) return done;
  }
  return -1;
}

TEST(ReasonToStop, FiresAtTheFirstIterationWhereTheMeanOfTenCrosses) {
  // 0.02 i over the last ten of n: 0.02 (n - 4.5) > 0.5 from n = 30 on.
  const Curves curves = curve("rollout/kl_ref", [](int i) { return 0.02 * i; });
  EXPECT_EQ(first_stop({.on = {"kl"}}, curves, 60), 30);
  EXPECT_EQ(first_stop({.on = {"kl"}, .after = 44}, curves, 60), 44);
  EXPECT_EQ(first_stop({.on = {"mismatch"}}, curves, 60), -1);
}

// What may end a run is what the rules are called, but for the one that is an error anyway.
TEST(StopRules, AreTheHealthRulesWithoutNonfinite) {
  std::vector<std::string> all = {"nonfinite"};
  for (const std::string_view rule : kStopRules) all.emplace_back(rule);
  EXPECT_EQ(all, health_rules());
}

std::string identity(const std::vector<std::string>& sets) {
  Graph graph;
  TrainRequest request;
  request.recipe = "on_policy";
  request.sets = sets;
  return graph.specs[resolve_train(graph, request)].identity;
}
std::string refusal(const std::vector<std::string>& sets) {
  try {
    identity(sets);
    return "";
  } catch (const UserError& error) {
    return error.what();
  }
}

const std::vector<std::string> kEvaluated = {"eval.suites=[ledger_easy]", "eval.every=10"};
std::vector<std::string> with(std::vector<std::string> sets, const std::string& more) {
  sets.push_back(more);
  return sets;
}

TEST(StopConfig, IsPartOfTheIdentityOnlyWhereItChangesTheRun) {
  const std::string plain = identity({});
  EXPECT_EQ(identity({"stop.after=50"}), plain);  // no rule, so nothing ends
  EXPECT_EQ(identity({"stop.on=[]", "checkpoint.select=last"}), plain);
  const std::string stops = identity({"stop.on=[kl, entropy]"});
  EXPECT_NE(stops, plain);
  EXPECT_EQ(identity({"stop.on=[entropy, kl, entropy]"}), stops);  // a set of rules
  EXPECT_NE(identity({"stop.on=[kl]"}), stops);
  EXPECT_NE(identity({"stop.on=[kl, entropy]", "stop.after=50"}), stops);
  EXPECT_NE(identity(with(kEvaluated, "checkpoint.select=best")), identity(kEvaluated));
  EXPECT_EQ(identity(with(kEvaluated, "checkpoint.keep=5")), identity(kEvaluated));
}

TEST(StopConfig, AnEvaluationThatNeverComesIsRefused) {
  EXPECT_EQ(refusal(with(kEvaluated, "checkpoint.select=best")), "");
  EXPECT_NE(refusal({"checkpoint.select=best"}).find("set eval.suites"), std::string::npos);
  EXPECT_NE(refusal({"checkpoint.select=best", "eval.suites=[ledger_easy]"}).find("set eval.every"),
            std::string::npos);
  EXPECT_NE(refusal({"checkpoint.select=best", "eval.suites=[ledger_easy]", "eval.every=101"})
                .find("eval.every=101 of update.iterations=100 came"),
            std::string::npos);
  EXPECT_NE(refusal({"stop.on=[reward_vs_eval]"}).find("stop.on reward_vs_eval"),
            std::string::npos);
  EXPECT_NE(refusal({"stop.on=[nonfinite]"}).find("nonfinite"), std::string::npos);
  EXPECT_NE(refusal({"checkpoint.select=newest"}).find("last, best"), std::string::npos)
      << refusal({"checkpoint.select=newest"});
}

}  // namespace
}  // namespace rlreason::train
