#include "trainers/masks/low_probability.h"

#include <algorithm>
#include <limits>

#include "trainers/piece.h"

namespace rlreason::train::masks {

// The largest log-prob that is still among the lowest; at least one target is.
const Implement<LowProbability, MaskBoundsFunction> kBounds{
    [](const LowProbability& settings) -> MaskBoundsFunction {
      return [quantile = settings.quantile](const Streams& streams) -> std::vector<double> {
        const at::Tensor negative = streams.at("logprob")
                                        .detach()
                                        .index({streams.at("advantage").lt(0)})
                                        .to(at::kDouble)
                                        .contiguous();
        std::vector<double> logprob(negative.const_data_ptr<double>(),
                                    negative.const_data_ptr<double>() + negative.numel());
        if (logprob.empty()) return {-std::numeric_limits<double>::infinity()};
        const auto rank =
            static_cast<std::ptrdiff_t>(quantile * static_cast<double>(logprob.size() - 1));
        std::nth_element(logprob.begin(), logprob.begin() + rank, logprob.end());
        return {logprob[static_cast<size_t>(rank)]};
      };
    }};

const Implement<LowProbability, MaskFunction> kEntry{[](const LowProbability&) -> MaskFunction {
  return [](const Streams& streams, const std::vector<double>& bounds) {
    const at::Tensor logprob = streams.at("logprob").detach();
    return streams.at("advantage").lt(0) & logprob.le(bounds.at(0)) &
           logprob.lt(streams.at("proxy_logprob"));
  };
}};

}  // namespace rlreason::train::masks
