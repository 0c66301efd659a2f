// Changes of tiny matrices whose singular values and angles are known by hand.
#include "core/engine/analysis/weight_change.h"

#include <ATen/CPUGeneratorImpl.h>
#include <ATen/TensorOperators.h>
#include <ATen/ops/randn.h>
#include <ATen/ops/tensor.h>
#include <gtest/gtest.h>

#include <cmath>
#include <numbers>

namespace rlreason::engine {
namespace {

at::Tensor matrix(double a, double b, double c, double d) {
  return at::tensor({a, b, c, d}, at::kDouble).view({2, 2});
}

ChangeOptions quarter() {
  return {.tolerances = {0, 0.4, 0.5}, .tolerance = 1e-5, .principal = 0.25};
}

TEST(WeightChange, AStretchedSecondDirection) {
  const TensorChange out = weight_change(matrix(3, 0, 0, 1), matrix(3, 0, 0, 1.5), quarter());
  EXPECT_EQ(out.parameters, 4);
  EXPECT_EQ(out.changed, 1);
  EXPECT_EQ(out.within, (std::vector<int64_t>{3, 3, 4}));
  EXPECT_EQ(out.bf16_equal, 3);
  EXPECT_NEAR(out.before_squares, 10, 1e-12);
  EXPECT_NEAR(out.change_squares, 0.25, 1e-12);
  ASSERT_TRUE(out.spectra);
  const Spectra& s = *out.spectra;
  EXPECT_EQ(s.full_rank, 2);
  EXPECT_EQ(s.k, 1);
  EXPECT_EQ(s.rank, 1);
  EXPECT_EQ(s.rank_99, 1);
  EXPECT_NEAR(s.stable_rank, 1, 1e-12);
  EXPECT_NEAR(s.spectral_drift, 0.5 / std::sqrt(10.0), 1e-12);
  EXPECT_NEAR(s.left.largest, 0, 1e-9);
  EXPECT_NEAR(s.right.largest, 0, 1e-9);
  EXPECT_NEAR(s.subspace_energy, 0, 1e-12) << "off the principal direction";
  EXPECT_NEAR(s.subspace_expected, 0.25, 1e-12);
  EXPECT_NEAR(s.principal_energy, 0, 1e-12);
  EXPECT_NEAR(s.magnitude_energy, 0, 1e-12);
  EXPECT_EQ(s.principal_changed, 0);
}

TEST(WeightChange, AStretchedFirstDirectionIsPrincipal) {
  const TensorChange out = weight_change(matrix(3, 0, 0, 1), matrix(3.5, 0, 0, 1), quarter());
  EXPECT_NEAR(out.spectra->subspace_energy, 1, 1e-12);
  EXPECT_NEAR(out.spectra->principal_energy, 1, 1e-12);
  EXPECT_NEAR(out.spectra->magnitude_energy, 1, 1e-12);
  EXPECT_EQ(out.spectra->principal_changed, 1);
}

TEST(WeightChange, ARotationFromTheLeft) {
  const double angle = std::numbers::pi / 6, c = std::cos(angle), s = std::sin(angle);
  const TensorChange out =
      weight_change(matrix(3, 0, 0, 1), matrix(3 * c, -s, 3 * s, c), quarter());
  ASSERT_TRUE(out.spectra);
  EXPECT_NEAR(out.spectra->left.largest, 30, 1e-9);
  EXPECT_NEAR(out.spectra->right.largest, 0, 1e-6);
  EXPECT_NEAR(out.spectra->spectral_drift, 0, 1e-12);
  EXPECT_EQ(out.spectra->rank, 2);
  EXPECT_NEAR(out.spectra->stable_rank, 10.0 / 9, 1e-12);
  const double energy = 4 * std::pow(std::sin(angle / 2), 2) * 10;
  EXPECT_NEAR(out.change_squares, energy, 1e-12);
  EXPECT_NEAR(out.spectra->principal_energy, std::pow(3 * (c - 1), 2) / energy, 1e-12);
}

TEST(WeightChange, ATinyRotationKeepsItsAngle) {
  const double angle = 1e-9;
  const TensorChange out = weight_change(
      matrix(3, 0, 0, 1),
      matrix(3 * std::cos(angle), -std::sin(angle), 3 * std::sin(angle), std::cos(angle)),
      quarter());
  EXPECT_NEAR(out.spectra->left.largest, angle * 180 / std::numbers::pi, 1e-12);
  EXPECT_EQ(out.changed, 0);
  EXPECT_FALSE(out.spectra->principal_changed) << "nothing changed by more than the tolerance";
}

TEST(WeightChange, Bf16SeesChangesAboveItsSteps) {
  const at::Tensor before = at::tensor({1.0f, 1.0f, -2.0f, 0.0f});
  const at::Tensor after = at::tensor({1.0001f, 1.01f, -2.0f, -0.0f});
  EXPECT_EQ(weight_change(before, after, quarter()).bf16_equal, 3);
}

TEST(WeightChange, VectorsAndUnchangedMatricesHaveNoSpectrum) {
  EXPECT_FALSE(weight_change(at::tensor({1.0, 2.0}), at::tensor({1.5, 2.0}), quarter()).spectra);
  EXPECT_FALSE(weight_change(matrix(1, 2, 3, 4), matrix(1, 2, 3, 4), quarter()).spectra);
  ChangeOptions small = quarter();
  small.largest_matrix = 3;
  EXPECT_FALSE(weight_change(matrix(1, 2, 3, 4), matrix(1, 2, 3, 5), small).spectra);
}

TEST(WeightChange, AnUpdateWithoutDirectionMeetsItsExpectation) {
  auto generator = at::make_generator<at::CPUGeneratorImpl>(7);
  const at::Tensor before = at::randn({60, 40}, generator, at::kDouble);
  const at::Tensor change = at::randn({60, 40}, generator, at::kDouble) * 1e-3;
  const TensorChange out =
      weight_change(before, before + change, {.tolerances = {}, .principal = 0.5});
  EXPECT_EQ(out.spectra->rank, 40);
  EXPECT_NEAR(out.spectra->subspace_energy, out.spectra->subspace_expected, 0.03);
  EXPECT_NEAR(out.spectra->principal_energy, 0.5, 0.05);
}

TEST(WeightChange, TypesAreTheLastNames) {
  EXPECT_EQ(tensor_type("model.layers.3.self_attn.q_proj.weight"), "q_proj");
  EXPECT_EQ(tensor_type("model.layers.3.self_attn.q_proj.bias"), "q_proj.bias");
  EXPECT_EQ(tensor_type("model.embed_tokens.weight"), "embed_tokens");
  EXPECT_EQ(tensor_type("lm_head.weight"), "lm_head");
  EXPECT_EQ(tensor_type("odd"), "odd");
}

}  // namespace
}  // namespace rlreason::engine
