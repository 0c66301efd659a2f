#include "trainers/catalog/health.h"

#include <fmt/core.h>

#include <algorithm>
#include <cmath>
#include <initializer_list>
#include <optional>

namespace rlreason::train {
namespace {

constexpr size_t kLeast = 10;   // points below which a rule says nothing
constexpr size_t kRecent = 10;  // iterations that "recent" means
constexpr std::string_view kEvaluationCurve = "eval/";

using Points = std::vector<CurvePoint>;

// Finite points of a curve; nothing when there are too few.
std::optional<Points> points_of(const Curves& curves, const std::string& name) {
  const auto found = curves.find(name);
  if (found == curves.end()) return {};
  Points finite;
  for (const CurvePoint& point : found->second)
    if (std::isfinite(point.value)) finite.push_back(point);
  if (finite.size() < kLeast) return {};
  return finite;
}

double mean(const Points& points, size_t begin, size_t end) {
  double sum = 0;
  for (size_t i = begin; i < end; ++i) sum += points[i].value;
  return sum / static_cast<double>(end - begin);
}
double recent(const Points& points) { return mean(points, points.size() - kRecent, points.size()); }
double at_start(const Points& points) { return mean(points, 0, 3); }
int64_t last(const Points& points) { return points.back().iteration; }

// How much is solved lately; 0 where nothing says so.
double solved(const Curves& curves) {
  const auto rate = points_of(curves, "rollout/solve_rate");
  return rate ? recent(*rate) : 0;
}

using Found = std::optional<HealthNote>;

Found nonfinite(const Curves& curves) {
  for (const char* name : {"train/loss", "train/grad_norm", "rollout/reward"}) {
    const auto found = curves.find(name);
    if (found == curves.end()) continue;
    for (const CurvePoint& point : found->second)
      if (!std::isfinite(point.value))
        return HealthNote{
            "nonfinite", point.iteration,
            fmt::format("{} is {} at iteration {}", name, point.value, point.iteration)};
  }
  return {};
}

Found entropy(const Curves& curves) {
  const auto points = points_of(curves, "rollout/entropy");
  if (!points || solved(curves) >= 0.9) return {};
  const double now = recent(*points), start = at_start(*points);
  if (now >= 0.05 || now >= start / 10) return {};
  return HealthNote{
      "entropy", last(*points),
      fmt::format("entropy fell from {:.2f} to {:.3f} nats with {:.0f} % solved: the policy "
                  "explores no more",
                  start, now, 100 * solved(curves))};
}

// The first of the curves whose recent mean is above the bound.
struct Above {
  const char* name;
  Points points;
};
std::optional<Above> first_above(const Curves& curves, std::initializer_list<const char*> names,
                                 double bound) {
  for (const char* name : names)
    if (auto points = points_of(curves, name); points && recent(*points) > bound)
      return Above{name, std::move(*points)};
  return {};
}

Found kl(const Curves& curves) {
  const auto high = first_above(curves, {"rollout/kl_ref", "rollout/kl_old"}, 0.5);
  if (!high) return {};
  return HealthNote{
      "kl", last(high->points),
      fmt::format("{} is {:.2f} nats a token over the last {} iterations: the policy runs "
                  "away from what it is measured against",
                  high->name, recent(high->points), kRecent)};
}

Found no_signal(const Curves& curves) {
  if (!points_of(curves, "rollout/reward"))
    return {};  // supervised: there is no group to compare in
  const auto points = points_of(curves, "train/equal_reward_groups");
  if (!points || recent(*points) <= 0.9 || solved(curves) >= 0.9) return {};
  return HealthNote{
      "no_signal", last(*points),
      fmt::format(
          "{:.0f} % of the groups have equal rewards and give no gradient; {:.0f} % is solved",
          100 * recent(*points), 100 * solved(curves))};
}

Found truncation(const Curves& curves) {
  const auto points = points_of(curves, "rollout/truncated");
  if (!points || recent(*points) <= 0.2) return {};
  return HealthNote{"truncation", last(*points),
                    fmt::format("{:.0f} % of the responses end at the length limit; raise "
                                "rollout.max_new_tokens or look at what they say",
                                100 * recent(*points))};
}

Found mismatch(const Curves& curves) {
  const auto high = first_above(curves, {"train/logprob_mismatch", "rollout/kl_mismatch"}, 0.02);
  if (!high) return {};
  return HealthNote{"mismatch", last(high->points),
                    fmt::format("{} is {:.3f} nats a token: the policy that is trained is not the "
                                "one that was sampled",
                                high->name, recent(high->points))};
}

Found reward_falls(const Curves& curves) {
  const auto points = points_of(curves, "rollout/reward");
  if (!points) return {};
  const size_t tenth = std::max<size_t>(3, points->size() / 10);
  if (points->size() < 3 * tenth) return {};
  double best = -INFINITY;
  int64_t where = 0;
  for (size_t begin = 0; begin + tenth <= points->size(); begin += tenth)
    if (const double own = mean(*points, begin, begin + tenth); own > best) {
      best = own;
      where = (*points)[begin].iteration;
    }
  const double now = mean(*points, points->size() - tenth, points->size());
  if (best < 0.05 || now >= best * 2 / 3) return {};
  return HealthNote{
      "reward_falls", last(*points),
      fmt::format("the reward was {:.2f} about iteration {} and is {:.2f} now", best, where, now)};
}

Found reward_vs_eval(const Curves& curves) {
  const auto reward = points_of(curves, "rollout/reward");
  if (!reward || recent(*reward) - at_start(*reward) <= 0.1) return {};
  for (const auto& [name, curve] : curves) {
    if (!name.starts_with(kEvaluationCurve) || curve.size() < 2) continue;
    const double fall = curve.front().value - curve.back().value;
    if (!std::isfinite(fall) || fall <= 0.05) continue;
    return HealthNote{
        "reward_vs_eval", curve.back().iteration,
        fmt::format(
            "the training reward rose by {:.2f} while {} fell by {:.2f}: look at what is rewarded",
            recent(*reward) - at_start(*reward), name, fall)};
  }
  return {};
}

}  // namespace

const std::vector<std::string>& health_rules() {
  static const std::vector<std::string> kRules = {"nonfinite",    "entropy",       "kl",
                                                  "no_signal",    "truncation",    "mismatch",
                                                  "reward_falls", "reward_vs_eval"};
  return kRules;
}

std::vector<HealthNote> health_of(const Curves& curves) {
  std::vector<HealthNote> notes;
  for (auto* rule :
       {nonfinite, entropy, kl, no_signal, truncation, mismatch, reward_falls, reward_vs_eval})
    if (Found found = rule(curves)) notes.push_back(std::move(*found));
  return notes;
}

bool read_by_health(std::string_view metric) {
  constexpr std::string_view kRead[] = {
      "train/loss",         "train/grad_norm",     "train/equal_reward_groups", "rollout/reward",
      "rollout/solve_rate", "rollout/truncated",   "rollout/entropy",           "rollout/kl_ref",
      "rollout/kl_old",     "rollout/kl_mismatch", "train/logprob_mismatch"};
  return std::find(std::begin(kRead), std::end(kRead), metric) != std::end(kRead) ||
         metric.starts_with(kEvaluationCurve);
}

std::string evaluation_curve(const std::string& suite) {
  return fmt::format("{}{}/mean_at_k", kEvaluationCurve, suite);
}

std::optional<HealthNote> reason_to_stop(const StopConfig& stop, const Curves& curves,
                                         int64_t iterations) {
  if (stop.on.empty() || iterations < stop.after) return {};
  for (HealthNote& note : health_of(curves))
    if (std::find(stop.on.begin(), stop.on.end(), note.rule) != stop.on.end())
      return std::move(note);
  return {};
}

}  // namespace rlreason::train
