#include "core/terminal/chart.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <string_view>

#include "core/terminal/text.h"

namespace rlreason::terminal {
namespace {

constexpr std::array<std::string_view, 9> kEighths{" ", "▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"};
constexpr double kNone = std::numeric_limits<double>::quiet_NaN();
using Points = std::span<const std::pair<double, double>>;

std::vector<double> columns_of(Points points, size_t count) {
  const double first = points.front().first, span = points.back().first - first;
  std::vector<double> sum(count, 0), found(count, 0), columns(count, kNone);
  for (const auto& [x, y] : points) {
    if (!std::isfinite(y)) continue;
    const double share = span > 0 ? (x - first) / span : 0;
    const size_t column =
        std::min(count - 1, static_cast<size_t>(std::max(0.0, share * static_cast<double>(count))));
    sum[column] += y;
    found[column] += 1;
  }
  double held = kNone;
  for (size_t i = 0; i < count; ++i) {
    if (found[i] > 0) held = sum[i] / found[i];
    columns[i] = held;
  }
  return columns;
}

// Height of a column in eighths of a line: at least one, so that the least value is seen.
size_t eighths(double value, double lo, double hi, size_t lines) {
  const double share = hi > lo ? std::clamp((value - lo) / (hi - lo), 0.0, 1.0) : 0.5;
  return std::max<size_t>(
      1, static_cast<size_t>(std::lround(share * 8.0 * static_cast<double>(lines))));
}

}  // namespace

std::vector<std::string> chart(Points points, size_t columns, size_t lines) {
  double lo = std::numeric_limits<double>::infinity(), hi = -lo;
  for (const auto& [x, y] : points) {
    if (!std::isfinite(y)) continue;
    lo = std::min(lo, y);
    hi = std::max(hi, y);
  }
  if (lo > hi || lines == 0) return {shorten("no finite value yet", columns)};
  const std::string top = format_number(hi), bottom = format_number(lo);
  const size_t margin = std::max(top.size(), bottom.size());
  if (columns < margin + 3) return {shorten(bottom + " to " + top, columns)};
  const std::vector<double> values = columns_of(points, columns - margin - 1);
  std::vector<std::string> drawn;
  for (size_t line = 0; line < lines; ++line) {
    const size_t below = 8 * (lines - 1 - line);
    std::string text = pad_left(line == 0 ? top : line + 1 == lines ? bottom : "", margin) + " ";
    for (const double value : values) {
      const size_t height = std::isnan(value) ? 0 : eighths(value, lo, hi, lines);
      text += kEighths[std::min<size_t>(height > below ? height - below : 0, 8)];
    }
    drawn.push_back(std::move(text));
  }
  const std::string from = format_number(points.front().first, 9),
                    to = format_number(points.back().first, 9);
  drawn.push_back(
      shorten(std::string(margin + 1, ' ') + from +
                  pad_left(to, std::max(from.size() + to.size() + 1, values.size()) - from.size()),
              columns));
  return drawn;
}

}  // namespace rlreason::terminal
