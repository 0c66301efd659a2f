// Health of a training from its recorded curves, in plain words.
//
//   nonfinite         a NaN or an infinity in the loss, the gradient or the reward
//   entropy           rollout/entropy below 0.05 and below a tenth of its start while less than 90 % is solved
//   kl                rollout/kl_ref or kl_old above 0.5 nats a token over the last ten iterations
//   no_signal         more than 90 % of the groups have equal rewards over the last ten iterations, and they are not solved
//   truncation        more than 20 % of the responses end at the length limit over the last ten iterations
//   mismatch          generation and training disagree by more than 0.02 nats a token over the last ten iterations
//   reward_falls      the mean reward of the last tenth is below that of the best tenth by more than a third of it
//   reward_vs_eval    over a run the reward rose by more than 0.1 while an evaluation fell by more than 0.05
//
// A rule that has no curve or fewer than ten points says nothing.  They are not tests, and the bounds are rules of thumb:
// notes for people (sweeps/plan_health.h), and what ends a run early where its `stop` block asks for it (trainer.h).  Both
// read the same curves with the same rules.  Not here: acting on them, storing them.  No LibTorch, no store.
// Thread safety: pure functions.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "trainers/catalog/train_config.h"

namespace rlreason::train {

struct CurvePoint {
  int64_t iteration = 0;
  double value = 0;  // may be NaN or infinite
};
using Curves = std::map<std::string, std::vector<CurvePoint>>;  // by metric, ascending iterations

struct HealthNote {
  std::string rule;       // of the list above
  int64_t iteration = 0;  // where it was seen
  std::string sentence;
};

const std::vector<std::string>& health_rules();  // names, in the order above
std::vector<HealthNote> health_of(const Curves& curves);  // in that order

// The share of right answers of a suite evaluated while training, as a curve.
std::string evaluation_curve(const std::string& suite);
// Whether a rule reads this curve.
bool read_by_health(std::string_view metric);
// The first rule of `stop.on` that fires, when that many iterations are done.
std::optional<HealthNote> reason_to_stop(const StopConfig& stop, const Curves& curves,
                                         int64_t iterations);

}  // namespace rlreason::train
