// Majority vote among k of an item's samples, drawn without replacement (maj@k, cons@k).
//
// Voters are samples with an answer that were not cut off; they vote for their class, the verifier's canonical answer.
// The largest class wins and is worth the right share of its samples.  A tie counts its expected value over the tied classes;
// nobody voting counts 0.  k < n is the exact expectation over all C(n, k) draws.
// Not here: which answers are one class (the verifier's `answer`), choice by a score (best_of.h).
// Errors: UserError for n < k and for an empty evaluation.
// Thread safety: pure functions.
#pragma once

#include <cstdint>
#include <vector>

#include "evaluators/metrics.h"

namespace rlreason::eval {

double maj_at_k(const ItemResults& item, int64_t k);
std::vector<double> item_maj_at_k(const std::vector<ItemResults>& items, int64_t k);
double maj_at_k(const std::vector<ItemResults>& items, int64_t k);  // mean over items

// Share of items whose vote over all samples ends in a tie of classes that are not equally right.
double tie_rate(const std::vector<ItemResults>& items);

}  // namespace rlreason::eval
