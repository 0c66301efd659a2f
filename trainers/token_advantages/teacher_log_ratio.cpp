#include "trainers/token_advantages/teacher_log_ratio.h"

#include "trainers/piece.h"

namespace rlreason::train::token_advantages {

const Implement<TeacherLogRatio, TokenAdvantageFunction> kEntry{
    [](const TeacherLogRatio& settings) -> TokenAdvantageFunction {
      return [settings](const Streams& streams) {
        const at::Tensor& teacher = streams.at(settings.teacher + "_logprob");  // [r]
        at::Tensor advantage = teacher - streams.at("old_logprob");
        if (settings.lambda != 1.0)
          advantage = advantage +
                      (settings.lambda - 1.0) * (teacher - streams.at(settings.base + "_logprob"));
        if (settings.reward != 0.0)
          advantage = advantage + settings.reward * streams.at("advantage");
        return advantage;
      };
    }};

}  // namespace rlreason::train::token_advantages
