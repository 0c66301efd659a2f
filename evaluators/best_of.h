// Best of k by a stored score: of k samples drawn without replacement the one with the highest score is handed in.
//
//   E = sum over score levels s of P(the highest score drawn is s) * (right share of the samples with score s)
//   P   = (C(m_s, k) - C(m_s - t_s, k)) / C(n, k), m_s samples with score <= s, t_s with score = s
//
// Samples of equal score are exchangeable, so a tie counts its right share.  Scores come from a reward model or a judge and
// are stored beside the sample (flag "score"); this file does not make them.
// Errors: UserError for k outside 1..n and for a sample without a score.
// Thread safety: pure functions.
#pragma once

#include <cstdint>
#include <vector>

#include "evaluators/metrics.h"

namespace rlreason::eval {

bool has_scores(const std::vector<ItemResults>& items);  // every sample has one
double best_of_k(const ItemResults& item, int64_t k);
std::vector<double> item_best_of_k(const std::vector<ItemResults>& items, int64_t k);

}  // namespace rlreason::eval
