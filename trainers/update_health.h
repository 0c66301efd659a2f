// What an iteration's targets say about the health of its updates, by source: ratios, effective samples, divergences,
// probabilities.  No LibTorch, no part in the arithmetic of training.
//
// Legend: R targets of a micro-batch.  d = logprob - old_logprob (clamped to ±20), rho = exp(d).
//   over all optimizer steps of the iteration, on targets whose old log-prob is known:
//     ratio_mean, ratio_max, ratio_var, ratio_p999 (nearest rank)   of rho
//     kl_old = mean of -d (k1), kl_old_k3 = mean of rho - 1 - d     estimates of KL(old || current), nats per token
//     ess = (sum w)^2 / (n sum w^2), w = exp(sum of d over a sequence); mean over optimizer steps   arXiv:2602.17616 (VCPO)
//   over the first optimizer step, whose weights are those that sampled:
//     kl_mismatch = mean of rho - 1 - d: sampling against scoring   arXiv:2512.01374 (MiniRL)
//     kl_ref = mean of logprob - ref_logprob (k1), kl_ref_k3        estimates of KL(current || reference)
//     probability_hist_0 … _9: share of targets with probability in [i/10, (i+1)/10)
// k1 and k3: J. Schulman, "Approximating KL divergence" (2020).
// Errors: none; what is not finite is left to the updater, which stops.  Thread safety: none.
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <map>
#include <span>
#include <string>
#include <vector>

#include "core/source.h"

namespace rlreason::train {

double nearest_rank(std::vector<float> values, double share);  // REQUIRES: not empty

class UpdateHealth {
 public:
  struct MicroBatchValues {
    std::span<const Source> source;         // [R]
    std::span<const int64_t> sequence;      // [R] targets of a sequence stand together
    std::span<const double> logprob;        // [R]
    std::span<const float> old_logprob;     // [R] NaN where nobody recorded it
    std::span<const double> ref_logprob{};  // [R] or empty
    bool first_step = false;                // of the iteration's first optimizer step
  };
  void add(const MicroBatchValues& values);
  void end_step();  // of the optimizer

  // "rollout/…" of the policy's own tokens, else "<source>/…"; nothing where nothing was measured.
  void write(const std::function<void(const std::string& name, double value)>& put) const;

 private:
  struct Side {
    std::vector<float> ratios;
    double ratio = 0, ratio_squares = 0, k1 = 0, k3 = 0;  // sums over `ratios`
    double first_k3 = 0, first_known = 0;
    double ref_k1 = 0, ref_k3 = 0, with_ref = 0;
    std::array<double, 10> histogram{};
    double targets = 0;               // of the histogram
    std::vector<double> log_weights;  // sequences of the open step
    int64_t open_sequence = -1;       // of the last of them
    double ess = 0, ess_steps = 0;
  };
  void add_ratio(Side& side, double difference, bool first_step);
  std::map<Source, Side> sides_;
};

}  // namespace rlreason::train
