#include "trainers/packing.h"

#include <limits>

namespace rlreason::train {
namespace {

constexpr double kUnscored = std::numeric_limits<double>::quiet_NaN();
constexpr float kUnknown = std::numeric_limits<float>::quiet_NaN();

void append_stream(std::vector<float>& stream, const std::vector<float>& values, size_t begin,
                   size_t end) {
  for (size_t i = begin; i < end; ++i) stream.push_back(i < values.size() ? values[i] : kUnknown);
}

void append_trajectory(MicroBatch& batch, const Trajectory& trajectory, int32_t prompt_segment,
                       int64_t sequence, int64_t prompt, const Group& group) {
  const double solve_rate = group.solve_rate();
  const int32_t segment = batch.layout.append(trajectory.response_ids, prompt_segment);
  const int32_t begin = batch.layout.segments[static_cast<size_t>(segment)].begin;
  for (const Span& span : trajectory.spans) {
    if (!span.trained) continue;
    for (int32_t position = span.begin; position < span.end; ++position) {
      // One target at a time: spans may skip tokens in the middle of a segment.
      const int32_t absolute = begin + position;
      const bool first = position == 0;
      batch.targets.row.push_back(
          first ? batch.layout.segments[static_cast<size_t>(prompt_segment)].end - 1
                : absolute - 1);
      batch.targets.token.push_back(batch.layout.tokens[static_cast<size_t>(absolute)]);
      batch.targets.sequence.push_back(static_cast<int32_t>(sequence));
      batch.targets.source.push_back(span.source);
      batch.facts.sequence.push_back(sequence);
      batch.facts.source.push_back(span.source);
      batch.facts.prompt.push_back(prompt);
      batch.facts.reward.push_back(
          trajectory.verdict.outcome == data::Outcome::unscored ? kUnscored : trajectory.reward);
      batch.facts.block.push_back(static_cast<int64_t>(group.block));
      batch.advantage.push_back(trajectory.advantage);
      batch.solve_rate.push_back(solve_rate);
    }
    append_stream(batch.old_logprob, trajectory.old_logprob, static_cast<size_t>(span.begin),
                  static_cast<size_t>(span.end));
    append_stream(batch.behavior_logprob, trajectory.behavior_logprob,
                  static_cast<size_t>(span.begin), static_cast<size_t>(span.end));
  }
}

void append_group(MiniBatch& mini_batch, const Group& group, const std::vector<int32_t>& prompt_ids,
                  int64_t limit) {
  const auto prompt_tokens = static_cast<int64_t>(prompt_ids.size());
  int32_t prompt_segment = -1;
  for (const Trajectory& trajectory : group.trajectories) {
    if (!trajectory.kept) continue;
    const auto tokens = static_cast<int64_t>(trajectory.response_ids.size()) +
                        (prompt_segment < 0 ? prompt_tokens : 0);
    if (mini_batch.micro_batches.empty() ||
        (mini_batch.micro_batches.back().layout.size() > 0 &&
         mini_batch.micro_batches.back().layout.size() + tokens > limit)) {
      mini_batch.micro_batches.emplace_back();
      prompt_segment = -1;
    }
    MicroBatch& batch = mini_batch.micro_batches.back();
    if (prompt_segment < 0) prompt_segment = batch.layout.append(prompt_ids);
    append_trajectory(batch, trajectory, prompt_segment, mini_batch.sequences++, mini_batch.prompts,
                      group);
  }
  ++mini_batch.prompts;
}

}  // namespace

std::vector<MiniBatch> pack(const std::vector<Group>& groups, int64_t mini_batches,
                            int64_t micro_batch_tokens, Behind prompt) {
  const auto prompt_of = [&](const Group& group) -> const std::vector<int32_t>& {
    const bool hinted = prompt == Behind::hinted_prompt && !group.drawn.hinted_ids.empty();
    return hinted ? group.drawn.hinted_ids : group.training_prompt();
  };
  std::vector<MiniBatch> packed(static_cast<size_t>(mini_batches));
  std::vector<const Group*> kept;
  for (const Group& group : groups)
    if (group.kept()) kept.push_back(&group);
  const auto total = static_cast<int64_t>(kept.size());
  for (int64_t m = 0; m < mini_batches; ++m)
    for (int64_t g = m * total / mini_batches; g < (m + 1) * total / mini_batches; ++g)
      append_group(packed[static_cast<size_t>(m)], *kept[static_cast<size_t>(g)],
                   prompt_of(*kept[static_cast<size_t>(g)]), micro_batch_tokens);
  std::erase_if(packed, [](const MiniBatch& own) { return own.sequences == 0; });
  return packed;
}

}  // namespace rlreason::train
