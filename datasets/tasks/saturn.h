// Satisfiability problems by size, with SATURN's estimate of their difficulty.
//
// A problem (n, k, l) has l clauses of n literals over k variables.  D(n, k, l) = log2 k + 2 log2 l - n + k / n.
// Source: SATURN, arXiv:2505.16368 (repository gtxygyzb/Saturn-code); its curricula go (3,5,5), (3,5,6) for a 1.5B and
// (3,5,13), (3,5,15) for a 7B model and raise the stage when pass@1 on held-out problems of the stage exceeds a threshold.
// D is computed in integers (millionths, rounded down), so that a stage is the same set of sizes on every platform.
// Thread safety: pure functions.
#pragma once

#include <cstdint>
#include <vector>

namespace rlreason::data {

struct SatSize {
  int64_t literals = 3, variables = 5, clauses = 5;  // n, k, l
  bool operator==(const SatSize&) const = default;
};

// D in millionths.  REQUIRES: each number in 1..1000.
int64_t difficulty_millionths(const SatSize& size);
// Clauses that can be written with `size.literals` distinct variables and that a given assignment satisfies; at most 2^40.
int64_t clauses_available(const SatSize& size);

// Sizes ordered by D, then by l, k, n: the stages of a curriculum.
std::vector<SatSize> ladder(std::vector<SatSize> sizes);

}  // namespace rlreason::data
