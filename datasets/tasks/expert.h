// The expert of a generated task: how demonstrations are written, how often they are wrong, how many prompts have one.
//
//   plain     84=2*36+12; 36=3*12+0; # 12
//   numbered  1) 84=2*36+12 2) 36=3*12+0 # 12
//   worded    First 84=2*36+12, then 36=3*12+0. So # 12
//   cipher    UR~W!QP&IW; ... # 12      digits, operators and letters of the steps replaced, the answer as it is
//
// The formats other than plain are for studying guidance that is far from the policy: same content, tokens that the policy
// does not use.  The answer mark stays, so a right demonstration earns full reward in each.  `search` is the family's own
// search with dead ends; a family without one gets detours: a wrong step, "no", and the right step.
// Errors: an end is a wrong answer after right steps; a step is one wrong step before the right answer.
// With traces > 1 the demonstrations of a prompt differ; fewer come where no other text is found in kAttempts draws.
// Thread safety: pure functions.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <tuple>
#include <vector>

#include "core/config/field.h"
#include "core/random.h"
#include "datasets/prompt.h"

namespace rlreason::data {

class Problem;

enum class Style { terse, full, search, mixed };
enum class StepFormat { plain, numbered, worded, cipher };
enum class ErrorKind { end, step, both };

// A solution before it is put into a format.
struct Solution {
  std::vector<std::string> steps;
  std::string answer;
};
// What a family is asked for: never `mixed`; `search` only when Problem::searches().
struct Manner {
  Style style = Style::full;
  int64_t dead_ends = 2;  // at most so many wrong turns at one place
  bool varied = false;    // false: the one way that a prompt's first demonstration takes; true: any way
};

struct StyleWeights {
  int64_t terse = 1, full = 1, search = 1;
  static constexpr auto fields() {
    using config::field, config::in;
    using C = StyleWeights;
    return std::tuple{field(&C::terse, "terse", "weight of terse demonstrations", in(0, 1000)),
                      field(&C::full, "full", "weight of full demonstrations", in(0, 1000)),
                      field(&C::search, "search", "weight of demonstrations with dead ends", in(0, 1000))};
  }
  static void check(const StyleWeights& weights);
};

struct ExpertConfig {
  Style style = Style::full;
  StyleWeights weights;
  StepFormat format = StepFormat::plain;
  double error_rate = 0;
  ErrorKind error = ErrorKind::end;
  double coverage = 1;
  int64_t traces = 1;
  int64_t dead_ends = 2;

  static constexpr auto fields() {
    using config::field, config::in, config::one_of;
    using C = ExpertConfig;
    return std::tuple{
        field(&C::style, "style", "how much is written; mixed: drawn by weights", one_of({"terse", "full", "search", "mixed"})),
        field(&C::weights, "weights", "weights of the styles (style mixed)"),
        field(&C::format, "format", "how steps are put", one_of({"plain", "numbered", "worded", "cipher"})),
        field(&C::error_rate, "error_rate", "share of demonstrations with an error", in(0.0, 1.0)),
        field(&C::error, "error", "end: the answer is wrong; step: a step is wrong, the answer right; both", one_of({"end", "step", "both"})),
        field(&C::coverage, "coverage", "share of prompts that have demonstrations", in(0.0, 1.0)),
        field(&C::traces, "traces", "demonstrations a prompt, all different", in(1, 64)),
        field(&C::dead_ends, "dead_ends", "most wrong turns at one place (style search)", in(1, 8))};
  }
};

// REQUIRES: `prompt` holds gold and verifier of `problem`.
std::vector<Demonstration> demonstrations(const Problem& problem, const Prompt& prompt, const ExpertConfig& expert, std::string_view teacher,
                                          Sequence& random);

std::string formatted(const Solution& solution, StepFormat format);
// One step with one thing changed, after its last "=" or ":" where that has any: a digit, or else a truth value T or F, or
// else two letters change places.  Unchanged when it has none of these.
std::string spoiled(const std::string& step, Sequence& random);

}  // namespace rlreason::data
