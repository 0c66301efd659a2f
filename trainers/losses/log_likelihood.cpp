#include "trainers/losses/log_likelihood.h"

#include "trainers/piece.h"

namespace rlreason::train::losses {

const Implement<LogLikelihood, LossFunction> kEntry{[](const LogLikelihood&) -> LossFunction {
  return [](const Streams& streams, const SurrogateParts&) {
    return LossValue{.loss = -streams.at("logprob"), .clipped = {}, .ratio = {}};
  };
}};

}  // namespace rlreason::train::losses
