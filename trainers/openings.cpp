#include "trainers/openings.h"

#include <algorithm>
#include <limits>
#include <numeric>

namespace rlreason::train {
namespace {

// `given` and then `values`; nothing where nothing is known of either.
std::vector<float> behind(const std::vector<float>& given, size_t tokens,
                          const std::vector<float>& values, size_t more) {
  if (given.empty() && values.empty()) return {};
  std::vector<float> whole(tokens + more, std::numeric_limits<float>::quiet_NaN());
  std::copy_n(given.begin(), std::min(tokens, given.size()), whole.begin());
  std::copy_n(values.begin(), std::min(more, values.size()),
              whole.begin() + static_cast<std::ptrdiff_t>(tokens));
  return whole;
}

}  // namespace

Trajectory demonstration_trajectory(const DrawnPrompt& drawn, size_t number, bool trained) {
  Trajectory trajectory;
  trajectory.response_ids = drawn.demonstration_ids[number];
  if (number < drawn.demonstration_logprob.size())
    trajectory.behavior_logprob = drawn.demonstration_logprob[number];
  trajectory.spans = {{.begin = 0,
                       .end = static_cast<int32_t>(trajectory.response_ids.size()),
                       .source = Source::demonstration,
                       .policy_version = -1,
                       .trained = trained}};
  return trajectory;
}

// The prompt's demonstrations in the order in which this slot takes them.
std::vector<size_t> demonstration_order(const DrawnPrompt& drawn, const SlotConfig& slot,
                                        Sequence& random) {
  std::vector<size_t> order(drawn.demonstration_ids.size());
  std::iota(order.begin(), order.end(), size_t{0});
  if (slot.pick == "random") random.shuffle(order);
  return order;
}

Trajectory sampled_trajectory(const Opening& opening, Sampled sampled, bool same_prompt,
                              int64_t policy_version) {
  Trajectory trajectory;
  trajectory.sample = sampled.sample;
  trajectory.finish = sampled.finish;
  const size_t tokens = opening.given.size(), more = sampled.response_ids.size();
  const bool own = opening.by == "policy";
  if (!own || !same_prompt)
    sampled.old_logprob.clear();  // of another policy or prompt than the one that is trained
  if (tokens > 0)
    trajectory.spans.push_back({.begin = 0,
                                .end = static_cast<int32_t>(tokens),
                                .source = opening.given_source,
                                .policy_version = -1,
                                .trained = opening.given_trained});
  trajectory.spans.push_back({.begin = static_cast<int32_t>(tokens),
                              .end = static_cast<int32_t>(tokens + more),
                              .source = opening.writer,
                              .policy_version = own ? policy_version : -1});
  trajectory.response_ids = opening.given;
  trajectory.response_ids.insert(trajectory.response_ids.end(), sampled.response_ids.begin(),
                                 sampled.response_ids.end());
  trajectory.behavior_logprob =
      behind(opening.behavior_logprob, tokens, sampled.behavior_logprob, more);
  trajectory.old_logprob = behind(opening.old_logprob, tokens, sampled.old_logprob, more);
  return trajectory;
}

void ask(std::vector<Opening>& open, Opening opening) {
  for (Opening& own : open)
    if (own.given == opening.given && own.by == opening.by && own.writer == opening.writer &&
        own.greedy == opening.greedy && own.given_trained == opening.given_trained &&
        own.given_source == opening.given_source) {
      own.count += opening.count;
      return;
    }
  open.push_back(std::move(opening));
}

}  // namespace rlreason::train
