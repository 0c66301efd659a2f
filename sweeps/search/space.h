// A space of settings: choices and ranges, from a point of the unit cube to values, and back.
//
//   {update.lr: {low: 1e-5, high: 1e-3, scale: log}, rollout.temperature: {low: 0.6, high: 1.2},
//    update.mini_batches: {low: 1, high: 8, integer: true}, components.policy.clip: [none, ppo]}
//
// Numbers have four significant digits: a label says exactly what was run.
// Errors: UserError with file:line.  Thread safety: values and pure functions.
#pragma once

#include <string>
#include <vector>

#include "core/config/node.h"

namespace rlreason::sweep {

struct Dimension {
  std::string path;
  std::vector<config::Node> choices;  // empty: a range
  double low = 0, high = 1;
  bool log = false, integer = false;
  config::Origin origin;
};

std::vector<Dimension> parse_space(const config::Node& space, const std::string& path);

config::Node value_at(const Dimension& dimension, double unit);  // REQUIRES: 0 <= unit < 1

}  // namespace rlreason::sweep
