#include "sweeps/compare/html_plots.h"

#include <fmt/core.h>

#include <algorithm>
#include <cmath>

#include "core/terminal/text.h"

namespace rlreason::sweep {
namespace {

constexpr double kWidth = 240, kHeight = 150, kLeft = 34, kBottom = 28, kTop = 20, kRight = 8;

// 1, 2 or 5 times a power of ten: a step that gives about `wanted` marks.
double nice_step(double range, int wanted) {
  const double raw = range / wanted, power = std::pow(10, std::floor(std::log10(raw)));
  for (const double factor : {1.0, 2.0, 5.0})
    if (raw <= factor * power) return factor * power;
  return 10 * power;
}

std::string text_at(double x, double y, const char* anchor, const std::string& text,
                    const char* type = "t") {
  return fmt::format("<text class=\"{}\" x=\"{:.1f}\" y=\"{:.1f}\" text-anchor=\"{}\">{}</text>",
                     type, x, y, anchor, text);
}

std::string line_at(double x1, double y1, double x2, double y2, const char* type) {
  return fmt::format("<line class=\"{}\" x1=\"{:.1f}\" y1=\"{:.1f}\" x2=\"{:.1f}\" y2=\"{:.1f}\"/>",
                     type, x1, y1, x2, y2);
}

class Frame {
 public:
  explicit Frame(const CurveFrame& frame) : f_(frame) {}

  double x(double value) const {
    const double top = f_.log_x ? std::log2(std::max(2.0, f_.x_high)) : f_.x_high;
    const double at = f_.log_x ? std::log2(std::max(1.0, value)) : value;
    return kLeft + (top > 0 ? at / top : 0) * (kWidth - kLeft - kRight);
  }
  double y(double value) const {
    const double range = f_.y_high > f_.y_low ? f_.y_high - f_.y_low : 1;
    return kHeight - kBottom - (value - f_.y_low) / range * (kHeight - kBottom - kTop);
  }
  std::string axes() const {
    std::string svg = line_at(kLeft, kHeight - kBottom, kWidth - kRight, kHeight - kBottom, "axis");
    const double step = nice_step(std::max(1e-12, f_.y_high - f_.y_low), 4);
    for (double v = std::ceil(f_.y_low / step - 1e-9) * step; v <= f_.y_high + step * 1e-6;
         v += step)
      svg += line_at(kLeft, y(v), kWidth - kRight, y(v), "grid") +
             text_at(kLeft - 4, y(v) + 3, "end",
                     terminal::format_number(std::abs(v) < step * 1e-6 ? 0 : v, 3));
    svg += text_at(kLeft, kHeight - kBottom + 12, "middle", f_.log_x ? "1" : "0");
    svg +=
        text_at(kWidth - kRight, kHeight - kBottom + 12, "end", terminal::format_count(f_.x_high));
    return svg + text_at((kLeft + kWidth - kRight) / 2, kHeight - 4, "middle", f_.x_title);
  }
  std::string path(const BandCurve& c, const char* type) const {
    std::string points;
    for (size_t i = 0; i < c.x.size(); ++i)
      points += fmt::format("{}{:.1f},{:.1f}", i == 0 ? "" : " ", x(c.x[i]), y(clamp(c.y[i])));
    return fmt::format("<polyline class=\"{}\" points=\"{}\"/>", type, points);
  }
  std::string band(const BandCurve& c) const {
    if (c.low.size() != c.x.size() || c.x.size() < 2) return "";
    std::string points;
    for (size_t i = 0; i < c.x.size(); ++i)
      points += fmt::format("{:.1f},{:.1f} ", x(c.x[i]), y(clamp(c.high[i])));
    for (size_t i = c.x.size(); i-- > 0;)
      points += fmt::format("{:.1f},{:.1f} ", x(c.x[i]), y(clamp(c.low[i])));
    points.pop_back();
    return fmt::format("<polygon class=\"band\" points=\"{}\"/>", points);
  }

 private:
  double clamp(double value) const {
    return std::clamp(value, f_.y_low, std::max(f_.y_low, f_.y_high));
  }
  const CurveFrame& f_;
};

}  // namespace

std::string dots_svg(const std::vector<DotLine>& lines, const std::string& axis) {
  constexpr double kLabel = 210, kPlot = 460, kLine = 24;
  double low = 0, high = 0;
  for (const DotLine& line : lines)
    for (const double v :
         {line.value, line.interval ? line.interval->low : line.value,
          line.interval ? line.interval->high : line.value,
          line.wider ? line.wider->low : line.value, line.wider ? line.wider->high : line.value}) {
      low = std::min(low, v);
      high = std::max(high, v);
    }
  const double margin = std::max(1e-6, (high - low) * 0.06);
  low -= margin;
  high += margin;
  const auto x = [&](double v) { return kLabel + (v - low) / (high - low) * kPlot; };
  const double bottom = kLine * static_cast<double>(lines.size()) + 10;
  std::string svg;
  const double step = nice_step(high - low, 6);
  for (double v = std::ceil(low / step) * step; v <= high; v += step)
    svg += line_at(x(v), 4, x(v), bottom, std::abs(v) < step / 2 ? "zero" : "grid") +
           text_at(x(v), bottom + 14, "middle",
                   terminal::format_number(std::abs(v) < step / 2 ? 0 : v, 3));
  for (size_t i = 0; i < lines.size(); ++i) {
    const double y = kLine * static_cast<double>(i) + 18;
    svg += text_at(kLabel - 10, y + 4, "end", lines[i].label, "name");
    if (lines[i].wider)
      svg += line_at(x(lines[i].wider->low), y, x(lines[i].wider->high), y, "thin");
    if (lines[i].interval)
      svg += line_at(x(lines[i].interval->low), y, x(lines[i].interval->high), y, "thick");
    svg += fmt::format("<circle class=\"dot\" cx=\"{:.1f}\" cy=\"{:.1f}\" r=\"4.5\"/>",
                       x(lines[i].value), y);
  }
  svg += text_at(kLabel + kPlot / 2, bottom + 32, "middle", axis);
  return fmt::format("<svg class=\"wide\" viewBox=\"0 0 {:.0f} {:.0f}\" role=\"img\">{}</svg>\n",
                     kLabel + kPlot + 20, bottom + 40, svg);
}

std::string curve_svg(const BandCurve& curve, const BandCurve* beside, const CurveFrame& frame,
                      const std::string& title) {
  const Frame plot(frame);
  std::string svg = plot.axes();
  if (beside != nullptr && !beside->x.empty()) svg += plot.path(*beside, "beside");
  svg += plot.band(curve);
  if (!curve.x.empty()) svg += plot.path(curve, "curve");
  svg += text_at(kLeft, 13, "start", title, "name");
  return fmt::format("<svg class=\"small\" viewBox=\"0 0 {:.0f} {:.0f}\" role=\"img\">{}</svg>\n",
                     kWidth, kHeight, svg);
}

}  // namespace rlreason::sweep
