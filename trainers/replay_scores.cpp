#include "trainers/replay_scores.h"

#include <algorithm>

namespace rlreason::train {
namespace {

struct Row {
  int32_t begin = 0, prompt = 0,
          response = 0;  // of a candidate's targets: one per token of prompt and response
};

// A target for every token's row, in order: the last one predicts nothing that is known, only its entropy counts.
Row append(engine::Layout& layout, engine::Targets& targets, const ReplayCandidate& candidate) {
  const int32_t first = targets.size(), begin = layout.size();
  layout.append(*candidate.response_ids, layout.append(*candidate.prompt_ids));
  for (int32_t row = begin; row < layout.size(); ++row) {
    targets.row.push_back(row);
    targets.token.push_back(row + 1 < layout.size() ? layout.tokens[static_cast<size_t>(row + 1)]
                                                    : 0);
    targets.sequence.push_back(0);
    targets.source.push_back(Source::replay);
  }
  return {.begin = first,
          .prompt = static_cast<int32_t>(candidate.prompt_ids->size()),
          .response = static_cast<int32_t>(candidate.response_ids->size())};
}

double sum(const double* values, int64_t count) {
  double total = 0;
  for (int64_t i = 0; i < count; ++i) total += values[i];
  return total;
}

double score_of(const TrainConfig& config, const Row& row, const double* logprob,
                const double* entropy) {
  // The row before a token predicts it.
  const int64_t predicting = row.begin + row.prompt - 1;
  const auto tokens = static_cast<double>(row.response);
  if (config.replay.pick == "nll_min") return -sum(logprob + predicting, row.response) / tokens;
  if (config.replay.entropy == "exact") return sum(entropy + predicting, row.response) / tokens;
  const int64_t columns = std::max<int64_t>(1, config.model.max_position_embeddings - row.response);
  const int64_t all = row.prompt + row.response, seen = std::min(all, columns);
  return sum(entropy + row.begin + all - seen, seen) / static_cast<double>(columns);
}

}  // namespace

std::vector<double> replay_scores(const engine::Policy& policy, const TrainConfig& config,
                                  const std::vector<ReplayCandidate>& candidates) {
  std::vector<double> scores;
  for (size_t next = 0; next < candidates.size();) {
    engine::Layout layout;
    engine::Targets targets;
    std::vector<Row> rows;
    while (next < candidates.size()) {
      const auto tokens = static_cast<int64_t>(candidates[next].prompt_ids->size() +
                                               candidates[next].response_ids->size());
      if (!rows.empty() && layout.size() + tokens > config.update.micro_batch_tokens) break;
      rows.push_back(append(layout, targets, candidates[next++]));
    }
    const engine::HeadStatistics statistics =
        policy.score(layout, targets, {.entropy = true, .temperature = config.rollout.temperature});
    const at::Tensor logprob = statistics.logprob.to(at::kDouble).contiguous();
    const at::Tensor entropy = statistics.entropy.to(at::kDouble).contiguous();
    for (const Row& row : rows)
      scores.push_back(score_of(config, row, logprob.const_data_ptr<double>(),
                                entropy.const_data_ptr<double>()));
  }
  return scores;
}

}  // namespace rlreason::train
