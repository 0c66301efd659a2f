// Metrics of one item from two counts: n samples of which c are right, k of them drawn without replacement.
//
//   hypergeometric   P(j of the k are right) = C(c,j) C(n-c,k-j) / C(n,k), j = 0..k
//   pass_at_k        P(j >= 1)                       unbiased; arXiv 2107.03374, eq. 1
//   pass_all_at_k    P(j = k), "pass^k"; with a 0/1 reward also the expected worst of k (worst@k)
//   g_pass_at_k      P(j >= max(1, ceil(tau k)))     arXiv 2412.13147
//   mean_g_pass_at_k 2/k sum_{i=ceil(k/2)+1..k} G-Pass@k_{i/k}     the same; 0 for k = 1, whose sum is empty
//
// Computed by ratios of neighbouring terms and by products, so nothing overflows for any n.
// Not here: averages over items (metrics.h), votes and scores (majority.h, best_of.h).
// Errors: UserError for k outside 1..n and tau outside (0, 1].  REQUIRES: 0 <= c <= n.
// Thread safety: pure functions.
#pragma once

#include <cstdint>
#include <vector>

namespace rlreason::eval {

std::vector<double> hypergeometric(int64_t n, int64_t c, int64_t k);
double pass_at_k(int64_t n, int64_t c, int64_t k);
double pass_all_at_k(int64_t n, int64_t c, int64_t k);
double g_pass_at_k(int64_t n, int64_t c, int64_t k, double tau);
double mean_g_pass_at_k(int64_t n, int64_t c, int64_t k);

// 1, 2, 4, ... and n itself: the points of a coverage curve.
std::vector<int64_t> curve_ks(int64_t n);

}  // namespace rlreason::eval
