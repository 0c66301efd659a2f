#include "trainers/critics/gae.h"

#include "trainers/piece.h"

namespace rlreason::train::critics {

const Implement<Gae, CreditFunction> kEntry{[](const Gae& settings) -> CreditFunction {
  return [settings](double reward, const std::vector<double>& value) {
    std::vector<double> advantage(value.size());
    double later = 0, next = 0;  // A and V of the token after
    for (size_t t = value.size(); t-- > 0;) {
      const double earned = t + 1 == value.size() ? reward : 0.0;
      const double delta = earned + settings.gamma * next - value[t];
      advantage[t] = later = delta + settings.gamma * settings.lambda * later;
      next = value[t];
    }
    return advantage;
  };
}};

}  // namespace rlreason::train::critics
