#include "core/terminal/sparkline.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <string_view>
#include <vector>

namespace rlreason::terminal {
namespace {

constexpr std::array<std::string_view, 8> kBlocks{"▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"};

double mean_of_finite(std::span<const double> values) {
  double sum = 0;
  size_t count = 0;
  for (const double value : values) {
    if (!std::isfinite(value)) continue;
    sum += value;
    ++count;
  }
  return count == 0 ? std::numeric_limits<double>::quiet_NaN() : sum / static_cast<double>(count);
}

std::vector<double> buckets_of(std::span<const double> values, size_t count) {
  std::vector<double> buckets;
  for (size_t i = 0; i < count; ++i) {
    const size_t begin = i * values.size() / count, end = (i + 1) * values.size() / count;
    buckets.push_back(mean_of_finite(values.subspan(begin, end - begin)));
  }
  return buckets;
}

std::pair<double, double> range_of(const std::vector<double>& values) {
  double lo = std::numeric_limits<double>::infinity(), hi = -lo;
  for (const double value : values) {
    if (std::isnan(value)) continue;
    lo = std::min(lo, value);
    hi = std::max(hi, value);
  }
  return {lo, hi};
}

}  // namespace

std::string sparkline(std::span<const double> values, size_t width,
                      std::optional<std::pair<double, double>> range) {
  const std::vector<double> buckets = buckets_of(values, std::min(width, values.size()));
  const auto [lo, hi] = range.value_or(range_of(buckets));
  std::string text;
  for (const double value : buckets) {
    if (std::isnan(value)) {
      text += ' ';
      continue;
    }
    const double share = hi > lo ? std::clamp((value - lo) / (hi - lo), 0.0, 1.0) : 0.5;
    text += kBlocks[std::min<size_t>(static_cast<size_t>(share * 8), 7)];
  }
  return text;
}

}  // namespace rlreason::terminal
