// Everything that decides an evaluation run: its suites, resolved, and how they are sampled.  No LibTorch.
#pragma once

#include <cstdint>
#include <tuple>
#include <vector>

#include "core/config/field.h"
#include "evaluators/suite.h"

namespace rlreason::eval {

struct EvaluateConfig {
  std::vector<Suite> suites;
  uint64_t seed = 0;
  int64_t slots = 512;
  int64_t threads = 1;
  bool texts = true;

  static constexpr auto fields() {
    using config::field, config::in;
    return std::tuple{field(&EvaluateConfig::suites, "suites", "suites with all of their settings"),
                      field(&EvaluateConfig::seed, "seed", "seed of the sampling keys"),
                      field(&EvaluateConfig::slots, "slots", "sequences decoded together", in(1, 65536)),
                      field(&EvaluateConfig::threads, "threads", "threads of the engine", in(1, 1024)),
                      field(&EvaluateConfig::texts, "texts", "keep the responses' texts as a compressed artifact")};
  }
};

}  // namespace rlreason::eval
