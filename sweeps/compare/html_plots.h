// Small inline SVG plots of numbers: dots with intervals, curves with bands.  No text but what the caller escaped.
//
// Colours are CSS variables of the page (--ink, --muted, --accent, --rule), so plots follow light, dark and print.
// Thread safety: pure functions.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "sweeps/compare/statistics.h"

namespace rlreason::sweep {

struct DotLine {
  std::string label;  // escaped
  double value = 0;
  std::optional<Interval> interval, wider;  // thick and thin line
};
// One line a row around 0.
std::string dots_svg(const std::vector<DotLine>& lines, const std::string& axis);

// y with a band over runs at common x; band values are absent where a single run is there.
struct BandCurve {
  std::vector<double> x, y, low, high;
};
struct CurveFrame {
  double x_high = 1, y_low = 0, y_high = 1;
  bool log_x = false;   // powers of two from 1
  std::string x_title;  // escaped
};
// `beside` is drawn in grey for reference.
std::string curve_svg(const BandCurve& curve, const BandCurve* beside, const CurveFrame& frame,
                      const std::string& title);

}  // namespace rlreason::sweep
