// What training did to one tensor: which numbers moved, the rank of the update, and where it lies against the old spectrum.
//
// Legend: m x n matrix W0 before, W1 after, D = W1 - W0, s(.) singular values, r = min(m, n), k = ceil(principal * r).
//   within[t]          numbers with |D| <= tolerance t; sparsity is its share                     arXiv:2505.11711 (1e-5)
//   bf16_equal         numbers whose bf16 rounding is the same before and after                   arXiv:2511.08567
//   rank               singular values of D above max(m, n) * 2^-23 * s_1(D), as numpy's matrix_rank in f32
//   stable_rank        |D|_F^2 / s_1(D)^2;  rank_99: singular values that hold 99 % of |D|_F^2
//   spectral_drift     |s(W1) - s(W0)| / |s(W0)|                                                  arXiv:2511.08567
//   left, right        principal angles between the top-k singular subspaces of W0 and W1, degrees
//   subspace_energy    |U_k^T D V_k|_F^2 / |D|_F^2; of an update without direction k^2 / (m n)
//   principal_energy   share of |D|_F^2 on the ceil(principal * m n) numbers where the rank-k part of W0 is largest
//   magnitude_energy   the same where W0 itself is largest; of an update without direction both are `principal`
//   principal_changed  share of the changed numbers (|D| > tolerance) on the first of these masks
// Arithmetic in f64.  A vector, an unchanged matrix and one above `largest_matrix` numbers have no spectrum.
// Not here: files, tables, several tensors (trainers/weight_report.h).
// Errors: none; REQUIRES finite tensors of one shape.  Thread safety: pure functions.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace rlreason::engine {

struct ChangeOptions {
  std::vector<double> tolerances;  // for `within`
  double tolerance = 1e-5;         // what counts as changed
  double principal = 0.1;          // in (0, 1]
  int64_t largest_matrix = int64_t{1} << 25;
  bool spectra = true;
};

struct Angles {
  double mean = 0, largest = 0;  // degrees
};

struct Spectra {
  int64_t full_rank = 0, k = 0;
  double rank = 0, stable_rank = 0, rank_99 = 0;
  double spectral_drift = 0;
  Angles left, right;
  double subspace_energy = 0, subspace_expected = 0;
  double principal_energy = 0, magnitude_energy = 0;
  std::optional<double>
      principal_changed;  // nothing where no number changed by more than the tolerance
};

struct TensorChange {
  int64_t parameters = 0, changed = 0, bf16_equal = 0;
  std::vector<int64_t> within;  // one a tolerance
  double before_squares = 0, change_squares = 0;
  std::optional<Spectra> spectra;
};

TensorChange weight_change(const at::Tensor& before, const at::Tensor& after,
                           const ChangeOptions& options);
// bool, |after - before| > tolerance.
at::Tensor changed_mask(const at::Tensor& before, const at::Tensor& after, double tolerance);

// "q_proj" of "model.layers.3.self_attn.q_proj.weight", "q_proj.bias" of its bias, "embed_tokens", "lm_head".
std::string tensor_type(const std::string& name);

}  // namespace rlreason::engine
