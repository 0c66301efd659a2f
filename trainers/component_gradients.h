// Which way each component of an objective pulls: its gradient on one batch, by itself, at weights that stay as they are.
//
// Each component of the recipe is run alone over the same groups, as one mini-batch and with its own coefficient, so that the
// sum of the components' gradients is the whole gradient.  Behind `rlreason analyze gradients`.
// Not here: drawing and answering prompts (trainers/trainer.h).
// Errors: NumericError as of the updater.  Thread safety: one thread; the arena's gradients are overwritten.
#pragma once

#include <nlohmann/json.hpp>
#include <vector>

#include "core/engine/model/policy.h"
#include "trainers/anchors.h"
#include "trainers/catalog/train_config.h"
#include "trainers/critic_update.h"
#include "trainers/groups.h"
#include "trainers/history.h"

namespace rlreason::train {

// {"components": [{"name", "loss", "coef", "targets", "norm", "share", "types": {type: norm}}],
//  "cosines": [{"first", "second", "cosine", "types": {type: cosine}}], "norm", "sequences", "groups"}
// share: part of the whole gradient's squared norm, <g_c, g> / |g|^2; the shares add up to 1.  A component that selected
// nothing has no norm.  A cosine with a gradient of zero is left out.
nlohmann::json component_gradients(const TrainConfig& config, engine::Policy& policy,
                                   const std::vector<Group>& groups, int64_t iteration,
                                   const History& history, const Anchors* anchors,
                                   CriticUpdater* critic);

}  // namespace rlreason::train
