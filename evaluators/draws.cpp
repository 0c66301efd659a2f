#include "evaluators/draws.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "core/error.h"

namespace rlreason::eval {
namespace {

void require_draw(int64_t n, int64_t c, int64_t k) {
  RLR_ENSURE(c >= 0 && c <= n, "{} right of {}", c, n);
  if (k < 1 || k > n)
    throw UserError("k: required 1 <= k <= samples, k = {} and {} samples came", k, n);
}

double tail(const std::vector<double>& probabilities, int64_t from) {
  return std::accumulate(probabilities.begin() + from, probabilities.end(), 0.0);
}

}  // namespace

std::vector<double> hypergeometric(int64_t n, int64_t c, int64_t k) {
  require_draw(n, c, k);
  const int64_t least = std::max<int64_t>(0, k - (n - c)), most = std::min(c, k);
  std::vector<long double> weights(static_cast<size_t>(k + 1), 0.0L);
  const auto at = [&](int64_t j) -> long double& { return weights[static_cast<size_t>(j)]; };
  long double total = at(least) = 1.0L;
  for (int64_t j = least; j < most; ++j) {
    at(j + 1) = at(j) * static_cast<long double>(c - j) * static_cast<long double>(k - j) /
                (static_cast<long double>(j + 1) * static_cast<long double>(n - c - k + j + 1));
    total += at(j + 1);
    if (total > 1e4000L) {
      for (auto& weight : weights) weight /= total;
      total = 1.0L;
    }
  }
  std::vector<double> probabilities;
  for (const long double weight : weights)
    probabilities.push_back(static_cast<double>(weight / total));
  return probabilities;
}

double pass_at_k(int64_t n, int64_t c, int64_t k) {
  require_draw(n, c, k);
  if (n - c < k) return 1.0;
  long double all_wrong = 1.0L;
  for (int64_t i = n - c + 1; i <= n; ++i)
    all_wrong *= 1.0L - static_cast<long double>(k) / static_cast<long double>(i);
  return static_cast<double>(1.0L - all_wrong);
}

double pass_all_at_k(int64_t n, int64_t c, int64_t k) {
  require_draw(n, c, k);
  if (c < k) return 0.0;
  long double all_right = 1.0L;
  for (int64_t i = 0; i < k; ++i)
    all_right *= static_cast<long double>(c - i) / static_cast<long double>(n - i);
  return static_cast<double>(all_right);
}

double g_pass_at_k(int64_t n, int64_t c, int64_t k, double tau) {
  if (!(tau > 0.0 && tau <= 1.0)) throw UserError("G-Pass@k: required tau in (0, 1], {} came", tau);
  // 0.7 * 10 is 7.000000000000001 in binary
  const auto needed =
      static_cast<int64_t>(std::ceil(tau * static_cast<double>(k) - 1e-9 * static_cast<double>(k)));
  return tail(hypergeometric(n, c, k), std::max<int64_t>(1, needed));
}

double mean_g_pass_at_k(int64_t n, int64_t c, int64_t k) {
  const std::vector<double> probabilities = hypergeometric(n, c, k);
  double sum = 0;
  for (int64_t i = (k + 1) / 2 + 1; i <= k; ++i) sum += tail(probabilities, i);
  return 2.0 / static_cast<double>(k) * sum;
}

std::vector<int64_t> curve_ks(int64_t n) {
  std::vector<int64_t> ks;
  for (int64_t k = 1; k < n; k *= 2) ks.push_back(k);
  if (n >= 1) ks.push_back(n);
  return ks;
}

}  // namespace rlreason::eval
