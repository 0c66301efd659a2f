// The compute-performance law on curves whose numbers are known, and pools and frontiers by closed forms.
#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "core/error.h"
#include "core/random.h"
#include "sweeps/analysis/scaling.h"
#include "tests/sweeps/fixture.h"

namespace rlreason::sweep {
namespace {

double law(double r0, double a, double c_mid, double b, double compute) {
  return r0 + (a - r0) / (1 + std::pow(c_mid / compute, b));
}

struct Curve2 {
  std::vector<double> compute, value;
};
Curve2 curve(double r0, double a, double c_mid, double b, int points, double first, double last) {
  Curve2 out;
  for (int i = 0; i < points; ++i) {
    const double compute = first * std::pow(last / first, static_cast<double>(i) / (points - 1));
    out.compute.push_back(compute);
    out.value.push_back(law(r0, a, c_mid, b, compute));
  }
  return out;
}

struct Known {
  double r0, a, c_mid, b;
};
class ScalingLawTest : public testing::TestWithParam<Known> {};

TEST_P(ScalingLawTest, ExactCurvesGiveTheirNumbersBack) {
  const auto [r0, a, c_mid, b] = GetParam();
  const Curve2 own = curve(r0, a, c_mid, b, 16, c_mid / 30, c_mid * 30);
  for (const bool given : {true, false}) {
    const ScalingLaw fit = fit_scaling(
        own.compute, own.value, {.r0 = given ? std::optional(r0) : std::nullopt, .highest = 1.0});
    EXPECT_NEAR(fit.a, a, 2e-3) << given;
    EXPECT_NEAR(fit.r0, r0, 2e-3) << given;
    EXPECT_NEAR(std::log(fit.c_mid / c_mid), 0, 0.02) << given;
    EXPECT_NEAR(fit.b, b, 0.02 * b) << given;
    EXPECT_LT(fit.rmse, 1e-3);
    EXPECT_TRUE(fit.identified);
  }
}

INSTANTIATE_TEST_SUITE_P(All, ScalingLawTest,
                         testing::Values(Known{0.1, 0.61, 2e6, 1.9}, Known{0.02, 0.9, 5e4, 0.8},
                                         Known{0.3, 0.45, 1e9, 3.0}));

TEST(ScalingReportTest, SecondHalfFollowsFromTheFirstAndIntervalsHoldTheTruth) {
  const Curve2 own = curve(0.1, 0.7, 1e6, 1.5, 16, 2e5, 3e7);
  Sequence random({.seed = 3, .purpose = Purpose::noise});
  std::vector<ScalingPoint> points;
  for (size_t i = 0; i < own.compute.size(); ++i) {
    ScalingPoint point{.compute = own.compute[i], .items = {}};
    for (int item = 0; item < 300; ++item) {
      double right = 0;
      for (int sample = 0; sample < 8; ++sample) right += random.uniform() < own.value[i];
      point.items.push_back(right / 8);
    }
    points.insert(points.begin(), std::move(point));  // order does not matter
  }
  const ScalingReport report = scaling_report(points, {.r0 = 0.1, .resamples = 60});
  EXPECT_NEAR(report.law.a, 0.7, 0.02);
  EXPECT_LT(report.a.low, 0.7);
  EXPECT_GT(report.a.high, 0.7);
  EXPECT_LT(report.a.high - report.a.low, 0.1);
  ASSERT_TRUE(report.extrapolation);
  EXPECT_EQ(report.extrapolation->measured.size(), 8u);
  EXPECT_LT(report.extrapolation->mean_absolute_error, 0.05);
  EXPECT_LT(report.extrapolation->last.low, report.extrapolation->last.high);
  EXPECT_TRUE(std::is_sorted(report.compute.begin(), report.compute.end()));
  const ScalingReport again = scaling_report(points, {.r0 = 0.1, .resamples = 60});
  EXPECT_EQ(again.a.low, report.a.low) << "resamples are keyed";
}

TEST(ScalingReportTest, ACurveThatHasNotBentIsNotIdentified) {
  const Curve2 own = curve(0.0, 0.9, 1e12, 1.0, 8, 1e5, 1e6);  // a straight line, far below C_mid
  EXPECT_FALSE(fit_scaling(own.compute, own.value, {.r0 = 0.0}).identified);
}

TEST(ScalingReportTest, BadCurvesAreSentences) {
  const auto of = [](std::vector<double> compute, const std::vector<double>& value) {
    std::vector<ScalingPoint> points;
    for (size_t i = 0; i < compute.size(); ++i) points.push_back({compute[i], {value[i]}});
    return sentence_of<UserError>([&] { scaling_report(points, {.resamples = 0}); });
  };
  const double nan = std::numeric_limits<double>::quiet_NaN();
  EXPECT_NE(of({1, 2, 3, 4}, {.1, .2, .3, .4}).find("at least 5 evaluations"), std::string::npos);
  EXPECT_NE(of({0, 2, 3, 4, 5}, {.1, .2, .3, .4, .5}).find("positive compute"), std::string::npos);
  EXPECT_NE(of({1, 2, 3, 4, 5}, {.1, nan, .3, .4, .5}).find("finite scores"), std::string::npos);
  EXPECT_NE(of({1, 2, 3, 4, 5}, {.5, .5, .5, .5, .5}).find("rises"), std::string::npos);
  std::vector<ScalingPoint> uneven;
  for (int i = 1; i <= 5; ++i)
    uneven.push_back({static_cast<double>(i), std::vector<double>(i == 3 ? 2 : 1, 0.1 * i)});
  EXPECT_NE(sentence_of<UserError>([&] { scaling_report(uneven, {}); }).find("same items"),
            std::string::npos);
}

}  // namespace
}  // namespace rlreason::sweep
