#include "trainers/objective.h"

#include <ATen/ops/from_blob.h>
#include <ATen/ops/tensor.h>

#include <algorithm>

#include "core/config/node.h"
#include "trainers/catalog/recipe.h"

namespace rlreason::train {
namespace {

std::optional<Source> source_of(const std::string& name) {
  for (const Source source :
       {Source::policy, Source::demonstration, Source::teacher, Source::replay})
    if (name == to_string(source)) return source;
  return std::nullopt;  // any
}

at::Tensor index_tensor(const std::vector<int64_t>& index) { return at::tensor(index, at::kLong); }

std::vector<int64_t> sequences_of(const TargetSet& targets, const std::vector<int64_t>& index) {
  std::vector<int64_t> sequences;
  sequences.reserve(index.size());
  for (const int64_t target : index)
    sequences.push_back(targets.sequence[static_cast<size_t>(target)]);
  return sequences;
}

size_t prompts_of(const TargetSet& targets) {
  int64_t prompts = 0;
  for (const int64_t prompt : targets.prompt) prompts = std::max(prompts, prompt + 1);
  return static_cast<size_t>(prompts);
}

// Empty when prompts are not known; -1 for a sequence without targets.
std::vector<int64_t> prompt_of_sequence(const TargetSet& targets, int64_t sequences) {
  if (targets.prompt.empty()) return {};
  std::vector<int64_t> prompts(static_cast<size_t>(sequences), -1);
  for (size_t r = 0; r < targets.size(); ++r)
    prompts[static_cast<size_t>(targets.sequence[r])] = targets.prompt[r];
  return prompts;
}

// `streams` at the targets the component keeps; without any, there is nothing to bound.
std::vector<double> clip_bounds_of(const SurrogateParts& parts, const Streams& streams) {
  if (!streams.contains("sequence")) return parts.find_clip_bounds({}, {});
  return parts.find_clip_bounds(to_host(parts.ratio(streams).value),
                                to_host(streams.at("advantage")));
}

// What the step log says of ratios and of who was clipped where.
void add_ratios(ComponentSums& sums, const LossValue& loss, const Streams& streams) {
  const std::vector<double> ratio = to_host(loss.ratio);
  for (const double own : ratio) {
    sums.ratios.push_back(static_cast<float>(own));
    sums.ratio_squares += own * own;
  }
  if (!loss.clipped.defined() || !streams.contains("advantage")) return;
  const std::vector<double> clipped = to_host(loss.clipped),
                            advantage = to_host(streams.at("advantage"));
  for (size_t r = 0; r < ratio.size(); ++r) {
    if (clipped[r] == 0) continue;
    if (ratio[r] < 1)
      (advantage[r] < 0 ? sums.clip_low_negative : sums.clip_low_positive) += 1;
    else
      (advantage[r] < 0 ? sums.clip_high_negative : sums.clip_high_positive) += 1;
  }
}

}  // namespace

void TargetSet::append(const TargetSet& more) {
  const auto extend = [](auto& own, const auto& values) {
    own.insert(own.end(), values.begin(), values.end());
  };
  extend(sequence, more.sequence);
  extend(source, more.source);
  extend(prompt, more.prompt);
  extend(reward, more.reward);
  extend(block, more.block);
}

void add(std::vector<ComponentSums>& total, const std::vector<ComponentSums>& part) {
  if (total.empty()) {
    total = part;
    return;
  }
  for (size_t c = 0; c < total.size(); ++c) {
    total[c].loss += part[c].loss;
    total[c].raw += part[c].raw;
    total[c].coef = part[c].coef;
    total[c].targets += part[c].targets;
    total[c].clipped += part[c].clipped;
    total[c].ratio += part[c].ratio;
    total[c].ratio_max = std::max(total[c].ratio_max, part[c].ratio_max);
    total[c].has_clip |= part[c].has_clip;
    total[c].has_ratio |= part[c].has_ratio;
    total[c].masked += part[c].masked;
    total[c].clip_low_positive += part[c].clip_low_positive;
    total[c].clip_low_negative += part[c].clip_low_negative;
    total[c].clip_high_positive += part[c].clip_high_positive;
    total[c].clip_high_negative += part[c].clip_high_negative;
    total[c].ratio_squares += part[c].ratio_squares;
    total[c].ratios.insert(total[c].ratios.end(), part[c].ratios.begin(), part[c].ratios.end());
  }
}

Objective::Objective(const TrainConfig& config) : iterations_(config.update.iterations) {
  for (const ComponentConfig& c : config.components) {
    const auto block = [](const config::Node& node) { return config::to_json(node); };
    components_.push_back(
        {.name = c.name,
         .select = c.select,
         .source = source_of(c.select.source),
         .block = c.select.group.empty() ? std::nullopt : block_called(config, c.select.group),
         .parts = {.ratio = make_piece<RatioFunction>("ratios", block(c.ratio)),
                   .shape = make_piece<ShapeFunction>("ratio_shaping", block(c.shape)),
                   .clip = make_piece<ClipFunction>("clips", block(c.clip)),
                   .find_clip_bounds =
                       make_optional_piece<ClipBoundsFunction>("clips", block(c.clip)),
                   .clip_bounds = {}},
         .loss = make_piece<LossFunction>("losses", block(c.loss)),
         .mask = make_piece<MaskFunction>("masks", block(c.mask)),
         .find_mask_bounds = make_optional_piece<MaskBoundsFunction>("masks", block(c.mask)),
         .token_weight = make_piece<TokenWeightFunction>("token_weights", block(c.token_weight)),
         .normalizer = make_piece<NormalizerFunction>("normalizers", block(c.normalizer)),
         .coef = make_optional_piece<ScheduleFunction>("schedules", block(c.coef)),
         .controller = make_optional_piece<ControllerFunction>("schedules", block(c.coef))});
  }
  if (!config.token_advantage.is_null())
    token_advantage_ = make_piece<TokenAdvantageFunction>("token_advantages",
                                                          config::to_json(config.token_advantage));
}

bool Objective::selects(const Component& component, const TargetSet& targets, size_t target) {
  const SelectConfig& select = component.select;
  if (component.source && targets.source[target] != *component.source) return false;
  if (component.block && targets.block.at(target) != *component.block) return false;
  // Comparisons with NaN, an unscored response, are false.
  if (select.reward_below && !(targets.reward.at(target) < *select.reward_below)) return false;
  return !select.reward_at_least || targets.reward.at(target) >= *select.reward_at_least;
}

// Without targets or streams there is nothing to make it of.
Streams Objective::with_token_advantage(const Streams& streams) const {
  if (!token_advantage_ || !streams.contains("logprob")) return streams;
  Streams own = streams;
  own.put("advantage", token_advantage_(streams));
  return own;
}

// `streams` may be empty: then only the indices count.
Objective::Selection Objective::unmasked(const Component& component, const TargetSet& targets,
                                         const Streams& streams) {
  Selection selection;
  for (size_t r = 0; r < targets.size(); ++r)
    if (selects(component, targets, r)) selection.index.push_back(static_cast<int64_t>(r));
  if (!selection.index.empty())
    selection.streams = streams.at_targets(index_tensor(selection.index));
  return selection;
}

Objective::Selection Objective::select(const Component& component, const TargetSet& targets,
                                       const Streams& streams,
                                       const std::vector<double>& mask_bounds) {
  Selection selection = unmasked(component, targets, streams);
  if (selection.index.empty()) return selection;
  if (const at::Tensor kept = component.mask(selection.streams, mask_bounds); kept.defined()) {
    const at::Tensor host = kept.contiguous();
    std::vector<int64_t> within, index;
    for (size_t i = 0; i < selection.index.size(); ++i)
      if (host.const_data_ptr<bool>()[i]) {
        within.push_back(static_cast<int64_t>(i));
        index.push_back(selection.index[i]);
      }
    selection.masked = selection.index.size() - index.size();
    selection.index = std::move(index);
    if (!within.empty()) selection.streams = selection.streams.at_targets(index_tensor(within));
  }
  if (!selection.index.empty())
    selection.streams.put("sequence", index_tensor(sequences_of(targets, selection.index)));
  return selection;
}

std::vector<MiniBatchCounts> Objective::count(const TargetSet& targets, int64_t sequences,
                                              const Streams& given) const {
  const Streams streams = with_token_advantage(given);
  std::vector<MiniBatchCounts> counts;
  for (const Component& component : components_) {
    MiniBatchCounts own;
    own.sequences = static_cast<double>(sequences);
    const Selection all = unmasked(component, targets, streams);
    own.unmasked_targets = static_cast<double>(all.index.size());
    if (component.find_mask_bounds && !all.index.empty())
      own.mask_bounds = component.find_mask_bounds(all.streams);
    const bool nothing = component.find_mask_bounds && own.mask_bounds.empty();
    const at::Tensor kept = nothing ? at::Tensor() : component.mask(streams, own.mask_bounds);
    own.targets = kept.defined() ? kept.sum().item<double>() : static_cast<double>(targets.size());
    own.targets_of_sequence.assign(static_cast<size_t>(sequences), 0.0);
    own.prompt_of_sequence = prompt_of_sequence(targets, sequences);
    own.targets_of_prompt.assign(prompts_of(targets), 0.0);
    const Selection selected = select(component, targets, streams, own.mask_bounds);
    for (const int64_t target : selected.index) {
      const int64_t sequence = targets.sequence[static_cast<size_t>(target)];
      own.selected_targets += 1;
      if (own.targets_of_sequence[static_cast<size_t>(sequence)]++ == 0)
        own.selected_sequences += 1;
      if (targets.prompt.empty()) continue;
      const int64_t prompt = targets.prompt[static_cast<size_t>(target)];
      if (own.targets_of_prompt[static_cast<size_t>(prompt)]++ == 0) own.selected_prompts += 1;
    }
    if (component.parts.find_clip_bounds)
      own.clip_bounds = clip_bounds_of(component.parts, selected.streams);
    counts.push_back(std::move(own));
  }
  return counts;
}

Objective::Value Objective::evaluate(const TargetSet& targets, const Streams& given,
                                     const std::vector<MiniBatchCounts>& counts, int64_t iteration,
                                     const History& history) const {
  const Streams streams = with_token_advantage(given);
  Value value;
  for (size_t c = 0; c < components_.size(); ++c) {
    const Component& component = components_[c];
    ComponentSums sums{.name = component.name};
    sums.coef = component.controller ? component.controller(history, component.name)
                                     : component.coef(iteration, iterations_);
    const Selection selected = select(component, targets, streams, counts[c].mask_bounds);
    sums.masked = static_cast<double>(selected.masked);
    if (!selected.index.empty()) {
      SurrogateParts parts = component.parts;
      parts.clip_bounds = counts[c].clip_bounds;
      const LossValue loss = component.loss(selected.streams, parts);
      at::Tensor weight =
          at::tensor(component.normalizer(sequences_of(targets, selected.index), counts[c]),
                     loss.loss.scalar_type());
      if (const at::Tensor kappa = component.token_weight(selected.streams); kappa.defined())
        weight = weight * kappa;
      const at::Tensor raw = (weight * loss.loss).sum();
      const at::Tensor term = raw * sums.coef;
      value.loss = value.loss.defined() ? value.loss + term : term;
      sums.loss = term.item<double>();
      sums.raw = raw.item<double>();
      sums.targets = static_cast<double>(selected.index.size());
      sums.has_clip = loss.clipped.defined();
      sums.has_ratio = loss.ratio.defined();
      if (sums.has_clip) sums.clipped = loss.clipped.sum().item<double>();
      if (sums.has_ratio) {
        sums.ratio = loss.ratio.sum().item<double>();
        sums.ratio_max = loss.ratio.max().item<double>();
        add_ratios(sums, loss, selected.streams);
      }
    }
    value.components.push_back(std::move(sums));
  }
  return value;
}

}  // namespace rlreason::train
