#include "trainers/schedules/dwa.h"

#include <cmath>
#include <span>

#include "core/error.h"
#include "trainers/history.h"
#include "trainers/piece.h"

namespace rlreason::train::schedules {
namespace {

double mean_size(std::span<const double> values) {
  double sum = 0;
  for (const double value : values) sum += std::abs(value);
  return sum / static_cast<double>(values.size());
}

double deviation(std::span<const double> values) {
  const double mean = mean_size(values);
  double squares = 0;
  for (const double value : values) squares += std::pow(std::abs(value) - mean, 2);
  return std::sqrt(squares / static_cast<double>(values.size()));
}

// An objective whose loss is 0 throughout has converged and is steady.
double score(const DynamicWeight& settings, std::span<const double> losses) {
  const auto window = static_cast<size_t>(settings.window);
  const auto last = losses.last(window), before = losses.last(2 * window).first(window);
  const double now = mean_size(last), then = mean_size(before);
  const double convergence = then > 0 ? now / then : 0.0;
  const double instability = now > 0 ? deviation(last) / now : 0.0;
  return settings.alpha * convergence + (1.0 - settings.alpha) * instability;
}

}  // namespace

const Implement<DynamicWeight, ControllerFunction> kEntry{
    [](const DynamicWeight& settings) -> ControllerFunction {
      return [settings](const History& history, const std::string& component) {
        double total = 0, own = 0;
        bool member = false;
        for (const std::string& name : settings.components) {
          const auto losses = history.loss.find(name);
          if (losses == history.loss.end() ||
              losses->second.size() < 2 * static_cast<size_t>(settings.window))
            return 1.0;
          const double weight = std::exp(score(settings, losses->second) / settings.temperature);
          total += weight;
          if (name == component) own = weight, member = true;
        }
        RLR_ENSURE(member, "schedule dwa of component {} does not list it", component);
        return static_cast<double>(settings.components.size()) * own / total;
      };
    }};

}  // namespace rlreason::train::schedules
