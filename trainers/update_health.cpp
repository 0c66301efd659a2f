#include "trainers/update_health.h"

#include <algorithm>
#include <cmath>

namespace rlreason::train {
namespace {

constexpr double kBound = 20.0;  // as the objective's own (piece.h)

double k3(double difference) { return std::expm1(difference) - difference; }

// (sum w)^2 / (n sum w^2) from log w, without overflow.
double effective_share(const std::vector<double>& log_weights) {
  const double top = *std::max_element(log_weights.begin(), log_weights.end());
  double sum = 0, squares = 0;
  for (const double own : log_weights) {
    sum += std::exp(own - top);
    squares += std::exp(2 * (own - top));
  }
  return sum * sum / (squares * static_cast<double>(log_weights.size()));
}

}  // namespace

double nearest_rank(std::vector<float> values, double share) {
  const auto count = static_cast<double>(values.size());
  const auto rank = static_cast<int64_t>(std::ceil(share * count)) - 1;
  const auto place = values.begin() + std::clamp(rank, int64_t{0}, static_cast<int64_t>(count) - 1);
  std::nth_element(values.begin(), place, values.end());
  return static_cast<double>(*place);
}

void UpdateHealth::add_ratio(Side& side, double difference, bool first_step) {
  const double bounded = std::clamp(difference, -kBound, kBound);
  const double ratio = std::exp(bounded);
  side.ratios.push_back(static_cast<float>(ratio));
  side.ratio += ratio;
  side.ratio_squares += ratio * ratio;
  side.k1 -= bounded;
  side.k3 += k3(bounded);
  if (!first_step) return;
  side.first_k3 += k3(bounded);
  side.first_known += 1;
}

void UpdateHealth::add(const MicroBatchValues& values) {
  for (size_t r = 0; r < values.source.size(); ++r) {
    Side& side = sides_[values.source[r]];
    const double logprob = values.logprob[r];
    const auto old = static_cast<double>(values.old_logprob[r]);
    if (!std::isnan(old)) {
      add_ratio(side, logprob - old, values.first_step);
      if (side.open_sequence != values.sequence[r]) side.log_weights.push_back(0);
      side.open_sequence = values.sequence[r];
      side.log_weights.back() += logprob - old;
    }
    if (!values.first_step) continue;
    const auto bin = static_cast<size_t>(std::clamp(std::exp(logprob) * 10, 0.0, 9.0));
    side.histogram[bin] += 1;
    side.targets += 1;
    if (values.ref_logprob.empty()) continue;
    const double difference = std::clamp(values.ref_logprob[r] - logprob, -kBound, kBound);
    side.ref_k1 -= difference;
    side.ref_k3 += k3(difference);
    side.with_ref += 1;
  }
}

void UpdateHealth::end_step() {
  for (auto& [source, side] : sides_) {
    if (side.log_weights.empty()) continue;
    side.ess += effective_share(side.log_weights);
    side.ess_steps += 1;
    side.log_weights.clear();
    side.open_sequence = -1;
  }
}

void UpdateHealth::write(
    const std::function<void(const std::string& name, double value)>& put) const {
  for (const auto& [source, side] : sides_) {
    const std::string prefix =
        source == Source::policy ? "rollout/" : std::string(to_string(source)) + "/";
    if (!side.ratios.empty()) {
      const auto count = static_cast<double>(side.ratios.size());
      const double mean = side.ratio / count;
      put(prefix + "ratio_mean", mean);
      put(prefix + "ratio_max",
          static_cast<double>(*std::max_element(side.ratios.begin(), side.ratios.end())));
      put(prefix + "ratio_var", std::max(0.0, side.ratio_squares / count - mean * mean));
      put(prefix + "ratio_p999", nearest_rank(side.ratios, 0.999));
      put(prefix + "kl_old", side.k1 / count);
      put(prefix + "kl_old_k3", side.k3 / count);
    }
    if (side.ess_steps > 0) put(prefix + "ess", side.ess / side.ess_steps);
    if (source == Source::policy && side.first_known > 0)
      put(prefix + "kl_mismatch", side.first_k3 / side.first_known);
    if (side.with_ref > 0) {
      put(prefix + "kl_ref", side.ref_k1 / side.with_ref);
      put(prefix + "kl_ref_k3", side.ref_k3 / side.with_ref);
    }
    if (side.targets == 0) continue;
    for (size_t bin = 0; bin < side.histogram.size(); ++bin)
      put(prefix + "probability_hist_" + std::to_string(bin), side.histogram[bin] / side.targets);
  }
}

}  // namespace rlreason::train
