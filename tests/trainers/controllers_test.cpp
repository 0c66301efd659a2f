// Schedules that answer to what the iterations before observed: steps by hand.
#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "trainers/catalog/pieces.h"
#include "trainers/history.h"
#include "trainers/piece.h"

namespace rlreason::train {
namespace {

constexpr double kNothing = std::numeric_limits<double>::quiet_NaN();

ControllerFunction controller(const std::string& yaml) {
  return make_piece<ControllerFunction>(
      "schedules", resolve_piece("schedules", config::parse_yaml(yaml, "test"), "coef", ""));
}

TEST(AdaptiveEntropy, StepsTowardsTheTargetAndIsOffAboveIt) {
  const ControllerFunction own =
      controller("{kind: adaptive_entropy, target: 0.5, step: 0.01, start: 0.02, max: 0.035}");
  History history;
  EXPECT_DOUBLE_EQ(own(history, ""), 0.02);
  history.entropy = {0.4};
  EXPECT_DOUBLE_EQ(own(history, ""), 0.03);
  history.entropy = {0.4, 0.4, kNothing};
  EXPECT_DOUBLE_EQ(own(history, ""), 0.035) << "the largest coefficient";
  history.entropy = {0.4, 0.4, 0.7};
  EXPECT_DOUBLE_EQ(own(history, ""), 0.0) << "no bonus above the target";
  history.entropy = {0.4, 0.4, 0.7, 0.5};
  EXPECT_DOUBLE_EQ(own(history, ""), 0.025) << "the step down stays";
}

TEST(Reached, StaysOnceTheBoundWasReached) {
  const ControllerFunction own =
      controller("{kind: reached, metric: solve_rate, bound: 0.35, before: 0, after: 2}");
  History history;
  history.solve_rate = {0.1, kNothing, 0.34};
  EXPECT_EQ(own(history, ""), 0.0);
  history.solve_rate = {0.1, 0.35, 0.2};
  EXPECT_EQ(own(history, ""), 2.0);
  const ControllerFunction low = controller(
      "{kind: reached, metric: entropy, side: at_most, bound: 0.3, before: 1, after: 0}");
  EXPECT_EQ(low(history, ""), 1.0);
  history.entropy = {0.5, 0.3};
  EXPECT_EQ(low(history, ""), 0.0);
}

TEST(DynamicWeight, SharesByConvergenceAndInstability) {
  const std::string yaml =
      "{kind: dwa, components: [a, b], window: 2, temperature: 0.5, alpha: 0.25}";
  const ControllerFunction own = controller(yaml);
  History history;
  history.loss["a"] = {4, 2, 1};
  history.loss["b"] = {1, 1, 1};
  EXPECT_EQ(own(history, "a"), 1.0) << "two windows have not passed";
  history.loss["a"] = {9, 4, 2, -1, 2};  // means 3 and 1.5 of absolute values: the first falls out
  history.loss["b"] = {9, 1, 1, 1, 3};   // means 1 and 2, deviation 1
  const double a = 0.25 * 1.5 / 3.0 + 0.75 * 0.5 / 1.5, b = 0.25 * 2.0 / 1.0 + 0.75 * 1.0 / 2.0;
  const double total = std::exp(a / 0.5) + std::exp(b / 0.5);
  EXPECT_NEAR(own(history, "a"), 2 * std::exp(a / 0.5) / total, 1e-12);
  EXPECT_NEAR(own(history, "a") + own(history, "b"), 2.0, 1e-12);
}

TEST(EffectiveSampleSize, IsOneOnPolicyAndFallsWithUnequalWeights) {
  const auto own = make_piece<LrScaleFunction>(
      "lr_scales",
      resolve_piece("lr_scales",
                    config::parse_yaml("{kind: ess, power: 0.5, base: 0.8, cap: 3}", "test"),
                    "update.lr_scale", ""));
  EXPECT_EQ(own({0, 0, 0, 0}), 1.0);
  // Weights 1, 1, 1/2 and, truncated, 3: 5.5^2 / 11.25 = 2.6889 of 4.
  EXPECT_NEAR(own({0, 0, std::log(0.5), std::log(50.0)}), std::sqrt(5.5 * 5.5 / 11.25 / 4 / 0.8),
              1e-12);
  EXPECT_NEAR(own({-800, -800}), std::sqrt(1.0 / 2 / 0.8), 1e-12) << "no weight left";
}

}  // namespace
}  // namespace rlreason::train
