// Reward against divergence from the first weights, beside what best-of-N of the first weights would give.
//
//   KL(pi || pi_0) = mean over stored responses y of pi of log pi(y) - log pi_0(y)    nats a response, unbiased; the standard
//                    error takes problems as the unit
//   best-of-N      KL <= log N - (N - 1) / N (arXiv:2401.01879), drawn at the bound; reward = unbiased pass@N of the first
//                    weights' own evaluation, since a verifier picks.  Beside RL: arXiv:2404.01730
// A response cut at the limit counts with the tokens that it has.  Samples must be drawn from the whole distribution:
// top-p, top-k or greedy decoding is refused, another temperature is scored at that temperature on both sides.
// Not here: scoring (trainers/text_scores.h).
// Errors: UserError saying what is missing.  Thread safety: as the store's.
#pragma once

#include <cstdint>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "core/store/store.h"
#include "sweeps/analysis/eval_points.h"

namespace rlreason::sweep {

struct FrontierSample {
  std::string item{}, prompt{}, text{};
  bool ended = true, right = false;
};

// One checkpoint's stored responses, ready to be scored.
struct FrontierPoint {
  std::string run;  // of the training
  int64_t iteration = 0;
  std::string suite;
  double reward = 0, reward_standard_error = 0;
  double temperature = 1;
  std::filesystem::path checkpoint, reference;
  std::vector<FrontierSample> samples;
  // From the scores:
  double kl = 0, kl_standard_error = 0, kl_per_token = 0;
  int64_t scored = 0;
};

struct BestOf {
  double n = 1, kl = 0, reward = 0;
};

struct Frontier {
  std::string suite;
  std::vector<FrontierPoint> points;
  std::vector<BestOf> best_of;        // of the first weights; empty where they were not evaluated
  std::vector<std::string> left_out;  // evaluations that cannot be scored, and why
};

// `samples` at most are taken of each evaluation, evenly spread over it.
Frontier gather_frontier(const store::Store& store, const std::vector<store::RunRow>& trainings,
                         const std::string& suite, int64_t samples);
// Sums over tokens under the point's checkpoint and the first weights, and the tokens, in the order of its samples.
void add_scores(FrontierPoint& point, const std::vector<double>& logprob,
                const std::vector<double>& reference, const std::vector<int64_t>& tokens);

double best_of_kl(double n);
double best_of_n(double kl);  // the N >= 1 whose best_of_kl is kl >= 0
nlohmann::json to_json(const Frontier& frontier);

}  // namespace rlreason::sweep
