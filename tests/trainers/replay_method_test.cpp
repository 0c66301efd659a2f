// What replay computes: how candidates look to the current policy, ExGRPO's loss (V34 of the LUFFY vectors), ReMix's schedule.
#include <gtest/gtest.h>

#include <cmath>

#include "tests/support/objective_case.h"
#include "tests/support/small_model.h"
#include "trainers/replay_scores.h"

namespace rlreason::train {
namespace {

TrainConfig config_for(const std::string& recipe, std::vector<std::string> sets = {}) {
  return resolve_config(recipe, "tiny", sets).config;
}

// Sums over the same rows, one response at a time, by plain loops.
TEST(ReplayScores, MeansOverTheResponseAndTheReleasedColumns) {
  engine::Policy policy(testing_support::small_model(20));
  policy.initialise(3);
  TrainConfig config = config_for("exgrpo");
  config.model.max_position_embeddings = 12;
  config.update.micro_batch_tokens = 14;
  const std::vector<std::vector<int32_t>> heads = {{1, 2, 3}, {4}, {1, 2, 3}},
                                          tails = {{5, 6, 7, 8}, {9, 10}, {3, 3, 3, 3, 3, 3, 3, 3}};
  std::vector<ReplayCandidate> candidates;
  for (size_t c = 0; c < 3; ++c)
    candidates.push_back({.prompt_ids = &heads[c], .response_ids = &tails[c]});
  for (const auto& [pick, entropy] :
       {std::pair("entropy_min", "exact"), std::pair("entropy_min", "compat"),
        std::pair("nll_min", "exact")}) {
    config.replay.pick = pick;
    config.replay.entropy = entropy;
    const std::vector<double> scores = replay_scores(policy, config, candidates);
    for (size_t c = 0; c < 3; ++c) {
      std::vector<int32_t> whole = heads[c];
      whole.insert(whole.end(), tails[c].begin(), tails[c].end());
      std::vector<double> entropies, logprobs;
      for (size_t row = 0; row < whole.size(); ++row) {
        engine::Layout layout;
        layout.append(whole);
        engine::Targets targets;
        for (int32_t token = 0; token < 20; ++token) {
          targets.row.push_back(static_cast<int32_t>(row));
          targets.token.push_back(token);
          targets.sequence.push_back(0);
          targets.source.push_back(Source::policy);
        }
        const at::Tensor lp =
            policy.score(layout, targets, {}).logprob.to(at::kDouble).contiguous();
        double sum = 0;
        for (int token = 0; token < 20; ++token)
          sum -= std::exp(lp.const_data_ptr<double>()[token]) * lp.const_data_ptr<double>()[token];
        entropies.push_back(sum);
        logprobs.push_back(row + 1 < whole.size() ? lp.const_data_ptr<double>()[whole[row + 1]]
                                                  : 0);
      }
      double expected = 0;
      const size_t prompt = heads[c].size(), length = tails[c].size(), width = 12;
      if (std::string(entropy) == "compat") {
        // Column by column of the left-padded row: nothing before the sequence, columns from the response's length on.
        for (size_t column = length; column < width; ++column)
          if (column >= width - whole.size())
            expected += entropies[column - (width - whole.size())];
        expected /= static_cast<double>(width - length);
      } else {
        for (size_t t = 0; t < length; ++t)
          expected += std::string(pick) == "nll_min" ? -logprobs[prompt - 1 + t]
                                                     : entropies[prompt - 1 + t];
        expected /= static_cast<double>(length);
      }
      EXPECT_NEAR(scores[c], expected, 1e-5) << pick << " " << entropy << " " << c;
    }
  }
}

// V34 of the LUFFY vectors: ExGRPO's loss, with rows of the prefix mask replayed and their old log-probs those recorded.
TEST(ExGrpo, LossAndGradientAreThoseOfTheReleasedCode) {
  const double logprob[4][6] = {{-.05, -2.3, -.7, -4.6, -.01, -1},
                                {-.2, -.5, -1.1, -.05, -.9, -.3},
                                {-.02, -1.6, -.4, -.8, -1, -1},
                                {-1.2, -3, -.6, -.25, -.1, -1}};
  const double old[4][6] = {{-.1, -2, -.9, -5, -.02, -1},
                            {-.25, -.9, -1, -.04, -.5, -.3},
                            {-.03, -1.2, -.4, -1.2, -1, -1},
                            {-1, -2.5, -.9, -.2, -.15, -1}};
  const int length[4] = {5, 6, 4, 5}, replayed[4] = {5, 0, 0, 2};
  const double advantage[4] = {.875, -.125, -.125, .5};
  const double expected[4][6] = {
      {-0.0115668825, -0.0152814382, -0.01020105951, -0.008585866237, -0.01195403531, 0},
      {0.02190148117, 0.0310796812, 0.01885077954, 0.0206260382, 0.01396500096, 0.02083333333},
      {0.02104271181, 0.01396500096, 0.02083333333, 0.0310796812, 0, 0},
      {-0.008083200468, -0.01012533702, -0.112488234, -0.07926911871, -0.0876059247, 0}};
  ObjectiveCase batch;
  batch.sequences = 4;
  for (size_t row = 0; row < 4; ++row)
    for (size_t t = 0; t < static_cast<size_t>(length[row]); ++t)
      batch.add(row, t, static_cast<int>(t) < replayed[row] ? Source::replay : Source::policy,
                logprob[row][t], old[row][t], advantage[row], old[row][t]);
  TrainConfig config = config_for(
      "exgrpo", {"components.policy.normalizer={kind: constant_length, length: 6, reduce: sum}",
                 "components.replay.normalizer={kind: constant_length, length: 6, reduce: sum}",
                 "components.entropy.coef=0"});
  const ObjectiveResult result = evaluate_case(batch, config);
  EXPECT_NEAR(result.loss, -0.8768077963, 1e-8);
  for (size_t i = 0; i < batch.place.size(); ++i)
    EXPECT_NEAR(result.gradient[i], expected[batch.place[i].first][batch.place[i].second], 1e-9)
        << i;
  double shaped = 0;
  for (size_t i = 0; i < batch.place.size(); ++i)
    if (batch.targets.source[i] == Source::replay) {
      const double ratio = std::exp(batch.logprob[i] - batch.behavior_logprob[i]);
      shaped += ratio / (ratio + 0.1) / 7;
    }
  EXPECT_NEAR(shaped, 0.9021772945, 1e-9) << "off ratio mean of the vector";
}

TEST(Schedules, StaircaseIsReMixsLambda) {
  const auto block =
      resolve_piece("schedules", config::parse_yaml("{kind: staircase}", "test"), "test", "");
  const ScheduleFunction schedule = make_piece<ScheduleFunction>("schedules", block);
  for (int64_t t = 0; t < 150; ++t) {
    const double steps = std::ceil(std::max(static_cast<double>(t) - 50.0, 0.0) / 10.0);
    EXPECT_NEAR(schedule(t, 999), std::max(1 - 0.1 * steps, 0.5), 1e-12) << t;
  }
  const auto up = resolve_piece(
      "schedules",
      config::parse_yaml("{kind: staircase, from: 0, to: 0.02, step: 0.004, after: 50, every: 10}",
                         "test"),
      "test", "");
  const ScheduleFunction rising = make_piece<ScheduleFunction>("schedules", up);
  EXPECT_EQ(rising(50, 0), 0.0);
  EXPECT_NEAR(rising(51, 0), 0.004, 1e-15);
  EXPECT_NEAR(rising(500, 0), 0.02, 1e-15);
}

}  // namespace
}  // namespace rlreason::train
