// Advantage of each token from a teacher: how much more it likes the token than the base, less how much the old policy does.
//
//   A_t = lambda (log pi_T - log pi_base) - (log pi_old - log pi_base) + reward A
// With lambda 1 the base drops out (on-policy distillation: the sampled reverse KL to the teacher) and is not scored; above 1
// the teacher's change of the base is extrapolated.  A is the response's own advantage, read only where `reward` is not 0.
// Needs streams <teacher>_logprob, old_logprob and, unless lambda is 1, <base>_logprob.
#pragma once

#include <string>
#include <string_view>
#include <tuple>

#include "trainers/catalog/pieces.h"

namespace rlreason::train::token_advantages {

struct TeacherLogRatio {
  double lambda = 1.0;
  std::string teacher = "teacher";
  std::string base = "ref";
  double reward = 0.0;
  static constexpr auto fields() {
    using config::at_least;
    using config::field;
    return std::tuple{field(&TeacherLogRatio::lambda, "lambda", "factor on the teacher's log-ratio to the base; 1 is plain distillation", at_least(0.0)),
                      field(&TeacherLogRatio::teacher, "teacher", "anchor that teaches", config::not_empty()),
                      field(&TeacherLogRatio::base, "base", "anchor that the teacher is compared with: the model it was trained from", config::not_empty()),
                      field(&TeacherLogRatio::reward, "reward", "factor on the response's own advantage", at_least(0.0))};
  }
  std::string needs() const {
    return teacher + "_logprob old_logprob" + (lambda == 1.0 ? "" : " " + base + "_logprob") + (reward == 0.0 ? "" : " advantage");
  }
  static constexpr std::string_view kAxis = "token_advantages", kName = "teacher_log_ratio";
  static constexpr std::string_view kFormula = "A_t = lambda (teacher_logprob - base_logprob) - (old_logprob - base_logprob) + reward A";
  static constexpr std::string_view kSource = "arXiv:2602.12125 (OPD, ExOPD); RUCBM/G-OPD verl/workers/actor/dp_actor.py";
};
inline const Declare<TeacherLogRatio> kTeacherLogRatioDeclared;

}  // namespace rlreason::train::token_advantages
