// What a recipe's objective does to given tokens: loss, advantages, gradients, components.  Behind `rlreason objective`.
//
// It runs the trainers' own advantage and objective in float64 on the given log-probs and differentiates them; nothing of the
// arithmetic is written again.  A line is one mini-batch in one micro-batch.  Gradients are those of the loss before
// clipping and the optimizer.  A critic's values are the stream value; advantages are whitened over the line.  No model: what happens below log-probs and entropies is not seen.
// Errors: NumericError naming line and component or sequence where a loss or gradient is not finite.
// Thread safety: const after construction.
#pragma once

#include <cstdint>
#include <nlohmann/json.hpp>

#include "trainers/catalog/token_lines.h"
#include "trainers/objective.h"
#include "trainers/piece.h"

namespace rlreason::train {

class Explainer {
 public:
  explicit Explainer(const TrainConfig& config);

  // {iteration, loss, components: [{name, value, coefficient, targets, …}],
  //  groups: [{sequences: [{advantage?, token_advantage?, kept?, dloss_dlogprob, dloss_dentropy?}]}], metrics}
  // REQUIRES: check_token_line passed.
  nlohmann::json explain(const TokenLine& line, int64_t iteration) const;

 private:
  struct Judged {
    std::vector<double> advantage;  // a sequence
    std::vector<bool> kept;         // a sequence: false where a filter drops it
  };
  Judged judge(const TokenLine& line) const;

  TrainConfig config_;
  std::vector<std::string> streams_;  // read by the recipe besides logprob
  bool rewards_;                      // whether the recipe reads advantages
  AdvantageFunction advantage_;
  std::vector<FilterFunction> filters_;
  Objective objective_;
  CreditFunction credit_;  // empty without a critic
};

}  // namespace rlreason::train
