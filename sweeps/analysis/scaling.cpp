#include "sweeps/analysis/scaling.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <functional>
#include <limits>
#include <numeric>

#include "core/error.h"
#include "core/random.h"
#include "evaluators/bootstrap.h"

namespace rlreason::sweep {
namespace {

constexpr double kLogBLow = -2.995732273553991, kLogBHigh = 2.995732273553991;  // ln 0.05, ln 20
constexpr double kReach = 10;  // of ln C_mid beyond the curve
constexpr size_t kFewestOfHalf = 4;

using Place = std::array<double, 2>;  // ln C_mid, ln B

struct Data {
  std::vector<double> log_compute, value;
};

double share(double log_compute, const Place& place) {
  return 1 / (1 + std::exp(-std::exp(place[1]) * (log_compute - place[0])));
}

// The curve for a given A as a function of the place.
class Profile {
 public:
  Profile(const Data& data, double a, std::optional<double> r0) : data_(data), a_(a), given_(r0) {
    low_ = {data.log_compute.front() - kReach, kLogBLow};
    high_ = {data.log_compute.back() + kReach, kLogBHigh};
  }

  double r0(const Place& place) const {
    if (given_) return *given_;
    double above = 0, below = 0;
    for (size_t i = 0; i < data_.value.size(); ++i) {
      const double s = share(data_.log_compute[i], place);
      above += (1 - s) * (data_.value[i] - a_ * s);
      below += (1 - s) * (1 - s);
    }
    return below > 1e-300 ? std::clamp(above / below, 0.0, a_) : 0.0;
  }

  double squares(Place place) const {
    place = clamped(place);
    const double start = r0(place);
    double sum = 0;
    for (size_t i = 0; i < data_.value.size(); ++i) {
      const double error =
          start + (a_ - start) * share(data_.log_compute[i], place) - data_.value[i];
      sum += error * error;
    }
    return sum;
  }

  Place clamped(Place place) const {
    for (size_t d = 0; d < 2; ++d) place[d] = std::clamp(place[d], low_[d], high_[d]);
    return place;
  }
  bool on_edge(const Place& place) const {
    for (size_t d = 0; d < 2; ++d)
      if (place[d] - low_[d] < 1e-6 || high_[d] - place[d] < 1e-6) return true;
    return false;
  }
  // The best of a coarse net: where a search may begin.
  Place start() const {
    Place best{};
    double least = std::numeric_limits<double>::infinity();
    const double begin = data_.log_compute.front() - 1, end = data_.log_compute.back() + 3;
    for (int i = 0; i <= 16; ++i)
      for (int j = 0; j <= 8; ++j) {
        const Place place = {begin + (end - begin) * i / 16, -1.5 + 4.0 * j / 8};
        if (const double own = squares(place); own < least) least = own, best = place;
      }
    return best;
  }

 private:
  const Data& data_;
  double a_;
  std::optional<double> given_;
  Place low_{}, high_{};
};

struct Vertex {
  Place place;
  double squares;
};

// Nelder and Mead 1965, in two dimensions.
Vertex minimise(const Profile& profile, const Place& start) {
  const auto at = [&](double u, double v) {
    const Place place = profile.clamped({u, v});
    return Vertex{place, profile.squares(place)};
  };
  std::array<Vertex, 3> simplex = {at(start[0], start[1]), at(start[0] + 0.3, start[1]),
                                   at(start[0], start[1] + 0.2)};
  for (int round = 0; round < 300; ++round) {
    std::sort(simplex.begin(), simplex.end(),
              [](const Vertex& a, const Vertex& b) { return a.squares < b.squares; });
    const Place &best = simplex[0].place, &middle = simplex[1].place, &worst = simplex[2].place;
    const double size = std::abs(worst[0] - best[0]) + std::abs(worst[1] - best[1]) +
                        std::abs(middle[0] - best[0]) + std::abs(middle[1] - best[1]);
    if (size < 1e-9) break;
    const Place centre = {(best[0] + middle[0]) / 2, (best[1] + middle[1]) / 2};
    const auto along = [&](double t) {
      return at(centre[0] + t * (worst[0] - centre[0]), centre[1] + t * (worst[1] - centre[1]));
    };
    Vertex next = along(-1);
    if (next.squares < simplex[0].squares) {
      if (const Vertex further = along(-2); further.squares < next.squares) next = further;
    } else if (next.squares >= simplex[1].squares) {
      next = along(next.squares < simplex[2].squares ? -0.5 : 0.5);
      if (next.squares >= simplex[2].squares) {  // shrink towards the best
        for (size_t i = 1; i < 3; ++i)
          simplex[i] = at((simplex[i].place[0] + best[0]) / 2, (simplex[i].place[1] + best[1]) / 2);
        continue;
      }
    }
    simplex[2] = next;
  }
  return *std::min_element(simplex.begin(), simplex.end(),
                           [](const Vertex& a, const Vertex& b) { return a.squares < b.squares; });
}

// Between the neighbours of the best A on the grid.
double refine(const std::function<double(double)>& squares, double low, double high) {
  constexpr double kGolden = 0.6180339887498949;
  for (int round = 0; round < 40 && high - low > 1e-7; ++round) {
    const double left = high - kGolden * (high - low), right = low + kGolden * (high - low);
    if (squares(left) <= squares(right))
      high = right;
    else
      low = left;
  }
  return (low + high) / 2;
}

Bounds bounds_of(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  return {eval::sorted_quantile(values, 0.025), eval::sorted_quantile(values, 0.975)};
}

std::vector<double> means(const std::vector<ScalingPoint>& points,
                          const std::vector<size_t>& chosen) {
  std::vector<double> values;
  for (const ScalingPoint& point : points) {
    double sum = 0;
    for (const size_t item : chosen) sum += point.items[item];
    values.push_back(sum / static_cast<double>(chosen.size()));
  }
  return values;
}

std::vector<double> first_half(const std::vector<double>& all) {
  return {all.begin(), all.begin() + static_cast<std::ptrdiff_t>((all.size() + 1) / 2)};
}

void check(const std::vector<ScalingPoint>& points) {
  if (points.size() < kFewestPoints)
    throw UserError(
        "analyze scaling: required at least {} evaluations along the training, {} came; set "
        "eval.every for the training, or keep checkpoints (checkpoint.keep) and run 'rlreason "
        "evaluate RUN --every-checkpoint'",
        kFewestPoints, points.size());
  for (const ScalingPoint& point : points) {
    if (!(point.compute > 0) || !std::isfinite(point.compute))
      throw UserError("analyze scaling: required positive compute, {} came", point.compute);
    if (point.items.empty() || point.items.size() != points.front().items.size())
      throw UserError("analyze scaling: required the same items at every point, {} and {} came",
                      points.front().items.size(), point.items.size());
    for (const double item : point.items)
      if (!std::isfinite(item))
        throw UserError("analyze scaling: required finite scores, {} came", item);
  }
}

}  // namespace

double ScalingPoint::value() const {
  return std::accumulate(items.begin(), items.end(), 0.0) / static_cast<double>(items.size());
}

double ScalingLaw::at(double compute) const {
  return r0 + (a - r0) / (1 + std::pow(c_mid / compute, b));
}

ScalingLaw fit_scaling(const std::vector<double>& compute, const std::vector<double>& value,
                       const ScalingOptions& options) {
  Data data{.log_compute = {}, .value = value};
  for (const double own : compute) data.log_compute.push_back(std::log(own));
  const double top = *std::max_element(value.begin(), value.end());
  const double bottom = options.r0.value_or(*std::min_element(value.begin(), value.end()));
  if (!(top > bottom))
    throw UserError(
        "analyze scaling: required a curve that rises above its start, the highest of {} points is "
        "{:.4g} and the start {:.4g}",
        value.size(), top, bottom);
  const double lowest = bottom + 0.5 * (top - bottom);  // noise may lift a point above A
  const auto steps = static_cast<int64_t>(std::ceil((options.highest - lowest) / options.step));
  const auto a_of = [&](int64_t i) {
    return std::min(options.highest, lowest + options.step * static_cast<double>(i));
  };
  double least = std::numeric_limits<double>::infinity();
  int64_t chosen = 0;
  Place place{};
  std::optional<Place> warm;
  for (int64_t i = 0; i <= std::max(steps, int64_t{0}); ++i) {
    const Profile profile(data, a_of(i), options.r0);
    const Place net = profile.start();
    const bool net_is_better = !warm || profile.squares(net) < profile.squares(*warm);
    const Vertex found = minimise(profile, net_is_better ? net : *warm);
    warm = found.place;
    if (found.squares < least) least = found.squares, chosen = i, place = found.place;
  }
  const auto squares = [&](double a) {
    return minimise(Profile(data, a, options.r0), place).squares;
  };
  ScalingLaw law;
  law.a = refine(squares, a_of(std::max(chosen - 1, int64_t{0})), a_of(chosen + 1));
  const Profile profile(data, law.a, options.r0);
  const Vertex best = minimise(profile, place);
  law.r0 = profile.r0(best.place);
  law.c_mid = std::exp(best.place[0]);
  law.b = std::exp(best.place[1]);
  law.rmse = std::sqrt(best.squares / static_cast<double>(value.size()));
  law.identified = !profile.on_edge(best.place) && chosen > 0 && law.c_mid <= compute.back() &&
                   options.highest - law.a > 0.01 * options.step;
  return law;
}

ScalingReport scaling_report(std::vector<ScalingPoint> points, const ScalingOptions& options) {
  std::sort(points.begin(), points.end(),
            [](const auto& a, const auto& b) { return a.compute < b.compute; });
  check(points);
  ScalingReport report;
  for (const ScalingPoint& point : points) {
    report.compute.push_back(point.compute);
    report.measured.push_back(point.value());
  }
  report.law = fit_scaling(report.compute, report.measured, options);
  for (const double own : report.compute) report.fitted.push_back(report.law.at(own));
  const bool halves = points.size() >= 2 * kFewestOfHalf;
  const std::vector<double> first_compute = first_half(report.compute);
  if (halves) {
    Extrapolation own;
    own.law = fit_scaling(first_compute, first_half(report.measured), options);
    for (size_t i = first_compute.size(); i < points.size(); ++i) {
      own.compute.push_back(report.compute[i]);
      own.measured.push_back(report.measured[i]);
      own.predicted.push_back(own.law.at(report.compute[i]));
      own.mean_absolute_error += std::abs(own.predicted.back() - own.measured.back());
    }
    own.mean_absolute_error /= static_cast<double>(own.compute.size());
    report.extrapolation = std::move(own);
  }
  ScalingOptions coarse = options;
  coarse.step = std::max(options.step, 0.02);  // refined between the neighbours all the same
  std::vector<double> r0, a, c_mid, b, last;
  const size_t items = points.front().items.size();
  for (int64_t n = 0; n < options.resamples; ++n) {
    Sequence random(
        {.seed = options.seed, .purpose = Purpose::noise, .sample = static_cast<uint32_t>(n)});
    std::vector<size_t> chosen(items);
    for (size_t& item : chosen)
      item = static_cast<size_t>(random.between(0, static_cast<int64_t>(items) - 1));
    const std::vector<double> values = means(points, chosen);
    try {
      const ScalingLaw law = fit_scaling(report.compute, values, coarse);
      r0.push_back(law.r0), a.push_back(law.a), c_mid.push_back(law.c_mid), b.push_back(law.b);
      if (halves)
        last.push_back(
            fit_scaling(first_compute, first_half(values), coarse).at(report.compute.back()));
    } catch (const UserError&) {
      continue;  // these items make no rise
    }
  }
  if (a.empty()) return report;
  report.r0 = bounds_of(r0), report.a = bounds_of(a);
  report.c_mid = bounds_of(c_mid), report.b = bounds_of(b);
  if (!last.empty()) report.extrapolation->last = bounds_of(last);
  return report;
}

}  // namespace rlreason::sweep
