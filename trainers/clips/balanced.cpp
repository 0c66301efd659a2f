#include "trainers/clips/balanced.h"

#include <ATen/ops/minimum.h>
#include <ATen/ops/where.h>

#include <algorithm>

#include "trainers/piece.h"

namespace rlreason::train::clips {

namespace {

bool balanced(const std::vector<double>& ratio, const std::vector<double>& advantage, double low,
              double high, double target) {
  double positive = 0, negative = 0;
  for (size_t i = 0; i < ratio.size(); ++i) {
    if (advantage[i] > 0) positive += std::min(ratio[i], high) * advantage[i];
    if (advantage[i] < 0) negative -= std::max(ratio[i], low) * advantage[i];
  }
  return positive >= target * negative;
}

}  // namespace

const Implement<BalancedClip, ClipBoundsFunction> kBounds{
    [](const BalancedClip& settings) -> ClipBoundsFunction {
      return [settings](const std::vector<double>& ratio, const std::vector<double>& advantage) {
        constexpr double kSlack = 1e-9;  // steps of 0.05 do not add up exactly
        double low = settings.low_min, high = settings.high_min;
        while (!balanced(ratio, advantage, low, high, settings.target)) {
          if (low + settings.step <= settings.low_max + kSlack)
            low += settings.step;
          else if (high + settings.step <= settings.high_max + kSlack)
            high += settings.step;
          else
            break;
        }
        return std::vector<double>{low, high};
      };
    }};

const Implement<BalancedClip, ClipFunction> kEntry{
    [](const BalancedClip& settings) -> ClipFunction {
      return [dual = settings.dual](const Ratio& ratio, const at::Tensor& shaped) {
        RLR_ENSURE(ratio.clip_bounds.size() == 2,
                   "clip balanced required bounds of the mini-batch, none came");
        const at::Tensor free = ratio.advantage * shaped;  // [r]
        const at::Tensor bounded =
            ratio.advantage * shaped.clamp(ratio.clip_bounds[0], ratio.clip_bounds[1]);
        Clipped own{.surrogate = at::minimum(free, bounded),
                    .clipped = bounded.detach() < free.detach()};
        if (dual == 0.0) return own;
        const at::Tensor floor = ratio.advantage * dual;  // [r]
        const at::Tensor decides =
            (ratio.advantage < 0).logical_and(own.surrogate.detach() < floor);
        own.surrogate = at::where(decides, floor, own.surrogate);
        own.clipped = own.clipped.logical_or(decides);
        return own;
      };
    }};

}  // namespace rlreason::train::clips
