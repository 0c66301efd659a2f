#include "core/engine/analysis/weight_change.h"

#include <ATen/TensorOperators.h>
#include <ATen/ops/atan2.h>
#include <ATen/ops/cumsum.h>
#include <ATen/ops/diag.h>
#include <ATen/ops/linalg_svd.h>
#include <ATen/ops/linalg_svdvals.h>
#include <ATen/ops/matmul.h>
#include <ATen/ops/topk.h>

#include <algorithm>
#include <cmath>
#include <numbers>

namespace rlreason::engine {
namespace {

constexpr double kF32Epsilon = 0x1p-23;

double number(const at::Tensor& scalar) { return scalar.item<double>(); }
double squares(const at::Tensor& values) { return number(values.square().sum()); }

struct Svd {
  at::Tensor u, s, v;  // [m, r], [r], [n, r], f64
};
Svd decompose(const at::Tensor& matrix) {
  auto [u, s, vh] = at::linalg_svd(matrix, false);
  return {u, s, vh.transpose(0, 1)};
}

// Small angles from their sines: the cosine of 1e-8 is 1.
Angles angles(const at::Tensor& before, const at::Tensor& after) {  // [d, k], orthonormal columns
  const at::Tensor common = before.transpose(0, 1).matmul(after);
  const at::Tensor cosines = at::linalg_svdvals(common).clamp(0.0, 1.0);  // falling
  const at::Tensor sines =
      at::linalg_svdvals(after - before.matmul(common)).clamp(0.0, 1.0).flip(0);  // rising
  const at::Tensor degrees = at::atan2(sines, cosines) * (180 / std::numbers::pi);
  return {.mean = number(degrees.mean()), .largest = number(degrees.max())};
}

void add_ranks(Spectra& spectra, const at::Tensor& change) {
  const at::Tensor s = at::linalg_svdvals(change);
  const double top = number(s[0]), energy = squares(s);
  const auto longest = static_cast<double>(std::max(change.size(0), change.size(1)));
  spectra.rank = number((s > longest * kF32Epsilon * top).sum());
  spectra.stable_rank = energy / (top * top);
  spectra.rank_99 = 1 + number((s.square().cumsum(0) < 0.99 * energy).sum());
  spectra.rank_99 = std::min(spectra.rank_99, static_cast<double>(spectra.full_rank));
}

at::Tensor largest(const at::Tensor& values, int64_t count) {  // flat indices
  return std::get<1>(values.abs().flatten().topk(count, 0, true, false));
}

void add_masks(Spectra& spectra, const at::Tensor& before, const Svd& old, const at::Tensor& change,
               const ChangeOptions& options) {
  const at::Tensor u = old.u.narrow(1, 0, spectra.k), v = old.v.narrow(1, 0, spectra.k);
  const double energy = squares(change);
  spectra.subspace_energy = squares(u.transpose(0, 1).matmul(change).matmul(v)) / energy;
  spectra.subspace_expected =
      static_cast<double>(spectra.k * spectra.k) / static_cast<double>(change.numel());
  const auto count =
      static_cast<int64_t>(std::ceil(options.principal * static_cast<double>(change.numel())));
  const at::Tensor flat = change.flatten();
  const at::Tensor on_principal = flat.index_select(
      0, largest((u * old.s.narrow(0, 0, spectra.k)).matmul(v.transpose(0, 1)), count));
  spectra.principal_energy = squares(on_principal) / energy;
  spectra.magnitude_energy = squares(flat.index_select(0, largest(before, count))) / energy;
  const double changed = number((flat.abs() > options.tolerance).sum());
  if (changed > 0)
    spectra.principal_changed = number((on_principal.abs() > options.tolerance).sum()) / changed;
}

Spectra spectra_of(const at::Tensor& before, const at::Tensor& after, const at::Tensor& change,
                   const ChangeOptions& options) {
  Spectra spectra;
  spectra.full_rank = std::min(change.size(0), change.size(1));
  spectra.k = std::clamp(
      static_cast<int64_t>(std::ceil(options.principal * static_cast<double>(spectra.full_rank))),
      int64_t{1}, spectra.full_rank);
  add_ranks(spectra, change);
  const Svd old = decompose(before), own = decompose(after);
  const double size = std::sqrt(squares(old.s));
  spectra.spectral_drift = size > 0 ? std::sqrt(squares(own.s - old.s)) / size : 0.0;
  spectra.left = angles(old.u.narrow(1, 0, spectra.k), own.u.narrow(1, 0, spectra.k));
  spectra.right = angles(old.v.narrow(1, 0, spectra.k), own.v.narrow(1, 0, spectra.k));
  add_masks(spectra, before, old, change, options);
  return spectra;
}

int64_t count(const at::Tensor& mask) { return mask.sum().item<int64_t>(); }

}  // namespace

at::Tensor changed_mask(const at::Tensor& before, const at::Tensor& after, double tolerance) {
  return (after.to(at::kDouble) - before.to(at::kDouble)).abs() > tolerance;
}

TensorChange weight_change(const at::Tensor& before, const at::Tensor& after,
                           const ChangeOptions& options) {
  const at::Tensor old = before.to(at::kDouble), own = after.to(at::kDouble);
  const at::Tensor change = own - old, size = change.abs();
  TensorChange out;
  out.parameters = change.numel();
  out.changed = count(size > options.tolerance);
  for (const double tolerance : options.tolerances) out.within.push_back(count(size <= tolerance));
  out.bf16_equal = count(before.to(at::kBFloat16) == after.to(at::kBFloat16));
  out.before_squares = squares(old);
  out.change_squares = squares(change);
  if (options.spectra && change.dim() == 2 && change.numel() <= options.largest_matrix &&
      out.change_squares > 0)
    out.spectra = spectra_of(old, own, change, options);
  return out;
}

std::string tensor_type(const std::string& name) {
  const bool bias = name.ends_with(".bias");
  const std::string stem =
      bias || name.ends_with(".weight") ? name.substr(0, name.rfind('.')) : name;
  const size_t dot = stem.rfind('.');
  return (dot == std::string::npos ? stem : stem.substr(dot + 1)) + (bias ? ".bias" : "");
}

}  // namespace rlreason::engine
