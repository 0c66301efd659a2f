// Drawing a token from logits: softmax at a temperature, inverse of the cumulative distribution in vocabulary order.
//
//   p = softmax(logits / temperature);  token = first v with p[0] + ... + p[v] > u;  logprob = log p[token]
// The cumulative sum is in double.  When rounding leaves u above the last sum, the last token with p > 0 is taken.
// Greedy (temperature 0): the largest logit, lowest id first; logprob is at temperature 1.
// The log-prob has the bits of the head's (head.h) for the same logits.
// A NaN or infinite logit gives finite = false and no token.
#pragma once

#include <cstdint>

namespace rlreason::engine {

struct DrawnToken {
  int32_t token = -1;
  float logprob = 0;
  bool finite = false;
  float lse = 0;  // log of the sum of exp(logits / temperature): logprob = z[token] - lse
};

// scratch [2 vocab]; afterwards it holds z = logits / temperature and exp(z - max z), which is 0 below e^-87.
DrawnToken draw_token(const float* logits, int64_t vocab, double temperature, double u,
                      float* scratch);

}  // namespace rlreason::engine
