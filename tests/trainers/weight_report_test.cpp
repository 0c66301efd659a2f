// Checkpoints of six numbers: changed sets and their overlap by hand, and checkpoints that cannot be compared.
#include "trainers/weight_report.h"

#include <ATen/ops/tensor.h>
#include <gtest/gtest.h>

#include <cmath>
#include <fstream>
#include <limits>

#include "core/engine/checkpoint/safetensors.h"
#include "core/error.h"
#include "tests/support/scratch.h"

namespace rlreason::train {
namespace {

using testing_support::Scratch;
using Json = nlohmann::json;

class WeightReport : public testing::Test {
 protected:
  std::string checkpoint(const std::string& name, const engine::NamedTensors& tensors) {
    std::filesystem::create_directory(scratch_ / name);
    std::ofstream(scratch_ / name / "config.json") << "{}";
    engine::write_safetensors(scratch_ / name / "model.safetensors", tensors);
    return (scratch_ / name).string();
  }
  static engine::NamedTensors tensors(const std::vector<float>& a, const std::vector<float>& b) {
    return {{"x.a.weight", at::tensor(a).view({2, 2})}, {"x.b.weight", at::tensor(b)}};
  }
  static Json job(const std::vector<std::pair<std::string, std::string>>& pairs) {
    Json out = {{"tolerances", {0.0, 0.5}}, {"tolerance", 0.1}, {"principal", 0.5},
                {"largest_matrix", 100},    {"spectra", true},  {"pairs", Json::array()}};
    for (const auto& [before, after] : pairs)
      out["pairs"].push_back({{"name", after}, {"before", before}, {"after", after}});
    return out;
  }
  static Json report(const std::vector<std::pair<std::string, std::string>>& pairs) {
    return weight_report(job(pairs), [](uint64_t, uint64_t) {});
  }
  static std::string sentence(const std::string& before, const std::string& after) {
    try {
      report({{before, after}});
    } catch (const DataError& error) {
      return error.what();
    }
    return "no error";
  }
  Scratch scratch_;
};

TEST_F(WeightReport, OverlapOfTwoTrainingsByHand) {
  const std::string zero = checkpoint("zero", tensors({0, 0, 0, 0}, {0, 0}));
  const std::string first = checkpoint("first", tensors({1, 1, 0.3f, 0.05f}, {1, 0}));
  const std::string second = checkpoint("second", tensors({1, 0, 0, 0}, {1, 1}));
  const Json own = report({{zero, first}, {zero, second}});
  const Json& total = own.at("pairs")[0].at("total");
  EXPECT_EQ(total.at("parameters"), 6);
  EXPECT_EQ(total.at("changed"), 4) << "0.05 is within the tolerance";
  EXPECT_NEAR(total.at("sparsity")[0].get<double>(), 1.0 / 6, 1e-12);
  EXPECT_NEAR(total.at("sparsity")[1].get<double>(), 3.0 / 6, 1e-12);
  EXPECT_NEAR(total.at("change_norm").get<double>(), std::sqrt(3 + 0.09 + 0.0025), 1e-6);
  EXPECT_FALSE(total.contains("relative_change")) << "the old weights are zero";
  ASSERT_EQ(own.at("pairs")[0].at("types").size(), 2u);
  EXPECT_EQ(own.at("pairs")[0].at("types")[0].at("type"), "a");
  const Json& both = own.at("overlaps").at(0).at("total");
  EXPECT_EQ(both.at("first_changed"), 4);
  EXPECT_EQ(both.at("second_changed"), 3);
  EXPECT_EQ(both.at("both_changed"), 2);
  EXPECT_DOUBLE_EQ(both.at("share_of_first"), 2.0 / 4);
  EXPECT_DOUBLE_EQ(both.at("expected_of_first"), 3.0 / 6);
  EXPECT_DOUBLE_EQ(both.at("share_of_second"), 2.0 / 3);
  EXPECT_DOUBLE_EQ(both.at("expected_of_second"), 4.0 / 6);
  // By tensor: 3 * 1 / 4 of a and 1 * 2 / 2 of b.
  EXPECT_DOUBLE_EQ(both.at("expected_of_first_by_tensor"), 1.75 / 4);
  EXPECT_DOUBLE_EQ(both.at("expected_of_second_by_tensor"), 1.75 / 3);
}

TEST_F(WeightReport, WhatCannotBeComparedIsASentence) {
  const std::string good = checkpoint("good", tensors({0, 0, 0, 0}, {0, 0}));
  const auto expect = [&](const std::string& other, const std::string& words) {
    EXPECT_NE(sentence(good, other).find(words), std::string::npos) << sentence(good, other);
  };
  expect(checkpoint("wide", tensors({0, 0, 0, 0}, {0, 0, 0})), "required shape [2] as in");
  expect(checkpoint("less", {{"x.a.weight", at::tensor({0.0f, 0.0f, 0.0f, 0.0f}).view({2, 2})}}),
         "'x.b.weight': required as in");
  engine::NamedTensors more = tensors({0, 0, 0, 0}, {0, 0});
  more.emplace_back("x.c.weight", at::tensor({1.0f}));
  expect(checkpoint("more", more), "'x.c.weight': required only tensors of");
  expect(checkpoint("nan", tensors({0, std::numeric_limits<float>::quiet_NaN(), 0, 0}, {0, 0})),
         "required finite weights");
  expect(checkpoint("infinite", tensors({0, 0, 0, 0}, {0, std::numeric_limits<float>::infinity()})),
         "required finite weights");
  engine::NamedTensors counts = tensors({0, 0, 0, 0}, {0, 0});
  counts[1].second = at::tensor({int64_t{1}, int64_t{2}});
  expect(checkpoint("counts", counts), "required floating-point weights");
  expect((scratch_ / "nothing").string(), "required a checkpoint folder");
}

}  // namespace
}  // namespace rlreason::train
