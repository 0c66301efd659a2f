// Where the boundary of what a model can do lies, from the counts of two systems on the same items.
//
//   crossing point k*   the smallest k at which the base's mean pass@k reaches the trained system's; none is good
//   support             each item: P both have a right sample, S only the base (shrunk), E only the trained one (expanded),
//                       O neither
//                       SRR = P/(P+S)   NDR = E/(P+E)   SDS = 2 SRR NDR / (SRR + NDR)   NSCR = (E-S)/(P+E+S)
//   gain                mean change of pass@1, split by whether the base had the item in reach (a right sample among its
//                       n): `sharpened` is what distilling the base's own right samples could give, `new` is the rest
//
// Sources: k* arXiv 2504.13837, figure 1; support arXiv 2507.14843, section 3; the split of the gain arXiv 2506.13923.
// An item in S or E may be so by chance: with n samples a right answer of probability p is missed with (1-p)^n.
// Not here: pass@k itself (draws.h), tests of the difference (paired.h).
// Errors: UserError for unequal items or no common k.  REQUIRES: a[i].id == b[i].id.
// Thread safety: pure functions.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "evaluators/metrics.h"

namespace rlreason::eval {

struct Support {
  int64_t preserved = 0, shrunk = 0, expanded = 0, out = 0;
  // NaN where the denominator is 0.
  double retention() const;   // SRR
  double discovery() const;   // NDR
  double synthesis() const;   // SDS: harmonic mean of the two, 0 when one of them is 0
  double net_change() const;  // NSCR
};

struct Gain {
  double total = 0, sharpened = 0, fresh = 0;  // total = sharpened + fresh, over all items
  int64_t within_reach = 0;                    // items with a right sample of the base
};

struct Boundary {
  int64_t base_samples = 0, trained_samples = 0;  // the least of an item
  std::optional<int64_t>
      crossing;  // nothing: not up to the least number of samples of an item on both sides
  bool started_ahead =
      false;  // the trained system is ahead at k = 1; without it a crossing says little
  Support support;
  Gain gain;
};

Boundary boundary(const std::vector<ItemResults>& base, const std::vector<ItemResults>& trained);

}  // namespace rlreason::eval
