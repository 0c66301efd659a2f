#include "evaluators/boundary.h"

#include <algorithm>
#include <limits>

#include "core/error.h"

namespace rlreason::eval {
namespace {

double ratio(int64_t part, int64_t whole) {
  return whole == 0 ? std::numeric_limits<double>::quiet_NaN()
                    : static_cast<double>(part) / static_cast<double>(whole);
}

int64_t least_samples(const std::vector<ItemResults>& items) {
  size_t least = items.front().samples.size();
  for (const ItemResults& item : items) least = std::min(least, item.samples.size());
  return static_cast<int64_t>(least);
}

}  // namespace

double Support::retention() const { return ratio(preserved, preserved + shrunk); }
double Support::discovery() const { return ratio(expanded, preserved + expanded); }
double Support::synthesis() const {
  const double sum = retention() + discovery();
  return sum == 0.0 ? 0.0 : 2.0 * retention() * discovery() / sum;
}
double Support::net_change() const {
  return ratio(expanded - shrunk, preserved + expanded + shrunk);
}

Boundary boundary(const std::vector<ItemResults>& base, const std::vector<ItemResults>& trained) {
  require_items(base);
  require_items(trained);
  if (base.size() != trained.size())
    throw UserError("boundary: required the same items of both systems, {} and {} came",
                    base.size(), trained.size());
  Boundary result;
  result.base_samples = least_samples(base);
  result.trained_samples = least_samples(trained);
  const double count = static_cast<double>(base.size());
  for (size_t i = 0; i < base.size(); ++i) {
    RLR_ENSURE(base[i].id == trained[i].id, "items {} and {}", base[i].id, trained[i].id);
    const bool before = base[i].right() > 0, after = trained[i].right() > 0;
    ++(before ? (after ? result.support.preserved : result.support.shrunk)
              : (after ? result.support.expanded : result.support.out));
    const auto share = [](const ItemResults& item) {
      return static_cast<double>(item.right()) / static_cast<double>(item.samples.size());
    };
    const double change = (share(trained[i]) - share(base[i])) / count;
    result.gain.total += change;
    (before ? result.gain.sharpened : result.gain.fresh) += change;
    result.gain.within_reach += before;
  }
  result.started_ahead = mean_at_k(trained) > mean_at_k(base);
  for (int64_t k = 1; k <= std::min(result.base_samples, result.trained_samples); ++k) {
    if (pass_at_k(base, k) < pass_at_k(trained, k) - 1e-12) continue;
    result.crossing = k;
    break;
  }
  return result;
}

}  // namespace rlreason::eval
