// Settings of replay: what of a run's own responses is kept, for how long, how it is drawn again, and which prompts retire.
//
// A recipe replays where a slot has source replay or a block has prompts replay; these settings say from what.  Retirement works
// with and without replay.  The store is trainers/replay/store.h.  No LibTorch.
// Sources: ExGRPO (arXiv:2510.02245; mix_trainer_experience.py), SPEAR (arXiv:2509.22601), ReMix (arXiv:2507.06892), ScaleRL
// (arXiv:2510.13786: retirement at a pass rate of 0.9).
#pragma once

#include <cstdint>
#include <string>
#include <tuple>

#include "core/config/field.h"

namespace rlreason::train {

struct ReplayConfig {
  std::string admit = "right";
  double advantage_above = 0.0;
  std::string admit_groups = "any";
  std::string count = "policy";
  std::string duplicates = "skip";
  int64_t capacity = 0;
  std::string evict = "oldest";
  int64_t per_prompt = 0;
  int64_t max_age = 0;
  std::string buckets = "none";
  double bucket_mean = 0.5, bucket_sigma = 1.0;
  std::string pick = "random";
  std::string entropy = "exact";
  double start_solve_rate = 0.0;
  bool collect_before_start = true;
  int64_t until = 0;
  std::string advantage = "group";
  double quantile = 0.5;
  int64_t recent_rewards = 10240;

  static constexpr auto fields() {
    using config::at_least;
    using config::choices;
    using config::field;
    using config::in;
    return std::tuple{
        field(&ReplayConfig::admit, "admit", "which fresh responses are kept: right ones, those with an advantage above advantage_above, or any",
              choices({"right", "advantage", "any"})),
        field(&ReplayConfig::advantage_above, "advantage_above", "bound of admit: advantage"),
        field(&ReplayConfig::admit_groups, "admit_groups", "of which groups: any, or only those that are not solved by all of their responses",
              choices({"any", "unsolved"})),
        field(&ReplayConfig::count, "count",
              "the number of right responses of a group counts those the policy wrote just now, or, as ExGRPO's code, all of the group, the "
              "replayed one included",
              choices({"policy", "all"})),
        field(&ReplayConfig::duplicates, "duplicates", "a response that is kept already with the same tokens is skipped, or kept once more",
              choices({"skip", "keep"})),
        field(&ReplayConfig::capacity, "capacity", "most responses kept; 0 is no limit", at_least(0)),
        field(&ReplayConfig::evict, "evict", "which one goes when there are too many: the oldest, the most often used (the older of equals), or the "
              "one of the lowest advantage (the older of equals)",
              choices({"oldest", "most_used", "lowest_advantage"})),
        field(&ReplayConfig::per_prompt, "per_prompt", "most responses kept of one prompt, the newest ones; 0 is no limit", at_least(0)),
        field(&ReplayConfig::max_age, "max_age", "iterations after which a response is dropped; 0 is never", at_least(0)),
        field(&ReplayConfig::buckets, "buckets",
              "how prompts are drawn: all alike (none), or first a bucket of prompts with the same number k of right responses of n, weighed by "
              "normal(k; bucket_mean n, bucket_sigma), normal_accuracy(k/n; bucket_mean, bucket_sigma), k/n (linear), sqrt(k/n), min(k/n, 0.5) "
              "(linear_clip) or alike (uniform)",
              choices({"none", "normal", "normal_accuracy", "linear", "sqrt", "linear_clip", "uniform"})),
        field(&ReplayConfig::bucket_mean, "bucket_mean", "centre of the normal weights as a share of right responses", in(0.0, 1.0)),
        field(&ReplayConfig::bucket_sigma, "bucket_sigma", "their width: in responses (normal) or as a share (normal_accuracy)", config::above(0.0)),
        field(&ReplayConfig::pick, "pick",
              "which of a prompt's responses: drawn, the newest, or those of lowest mean entropy or lowest mean negative log-likelihood under the "
              "current policy (a forward pass over the candidates)",
              choices({"random", "newest", "entropy_min", "nll_min"})),
        field(&ReplayConfig::entropy, "entropy",
              "mean over the response's tokens, or as ExGRPO's code takes it: over the columns from the response's length on of the left-padded row",
              choices({"exact", "compat"})),
        field(&ReplayConfig::start_solve_rate, "start_solve_rate",
              "nothing is replayed before an iteration had a larger share of right responses than this; then it stays on", in(0.0, 1.0)),
        field(&ReplayConfig::collect_before_start, "collect_before_start", "whether responses are kept before that"),
        field(&ReplayConfig::until, "until", "first iteration without replay; 0 is never", at_least(0)),
        field(&ReplayConfig::advantage, "advantage",
              "of a replayed response: in its group, as it was when recorded, or its reward minus a quantile of the latest rewards, kept only if that "
              "is not negative (recent)",
              choices({"group", "stored", "recent"})),
        field(&ReplayConfig::quantile, "quantile", "which quantile of the latest rewards", in(0.0, 1.0)),
        field(&ReplayConfig::recent_rewards, "recent_rewards", "how many of the latest rewards of the policy's responses it looks at", at_least(1))};
  }
};

struct RetireConfig {
  double pass_rate = 0.0;
  std::string count = "policy";
  int64_t keep = 1;

  static constexpr auto fields() {
    using config::field;
    return std::tuple{
        field(&RetireConfig::pass_rate, "pass_rate", "a prompt whose group had at least this share right is not drawn again; 0 is off", config::in(0.0, 1.0)),
        field(&RetireConfig::count, "count", "counted over the policy's own responses, or over all of the group", config::choices({"policy", "all"})),
        field(&RetireConfig::keep, "keep", "a source with no more prompts than this left lets all of them come back", config::at_least(1))};
  }
};

}  // namespace rlreason::train
