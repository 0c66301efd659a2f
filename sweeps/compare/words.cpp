#include "sweeps/compare/words.h"

#include <algorithm>
#include <cmath>

#include "core/error.h"

namespace rlreason::sweep {
namespace {

MeanInterval negative(MeanInterval value) {
  value.mean = -value.mean;
  return value;
}

// Two decimals, and no "-0.00".
std::string two(double value, bool sign = false) {
  const double rounded = std::round(value * 100) / 100 + 0.0;
  return sign ? fmt::format("{:+.2f}", rounded) : fmt::format("{:.2f}", rounded);
}

std::string format_gain(const MeanInterval& value) {
  if (!value.half_width) return two(value.mean);
  return fmt::format("{} [{}, {}]", two(value.mean), two(value.mean - *value.half_width),
                     two(value.mean + *value.half_width));
}

std::string joined(const std::vector<std::string>& parts) {
  std::string text;
  for (size_t i = 0; i < parts.size(); ++i)
    text += (i == 0 ? "" : i + 1 == parts.size() ? " and " : ", ") + parts[i];
  return text;
}

std::string seeds_text(size_t n) { return n == 1 ? "one seed" : fmt::format("{} seeds", n); }

// The row switches one part of the baseline: what it switches.
const RowMeaning* switch_of(const Comparison& c, const std::string& row) {
  const auto found = c.meanings.find(row);
  return found == c.meanings.end() || found->second.toggle.empty() ? nullptr : &found->second;
}

// What an interval that holds 0 leaves open.
std::string null_words(const Comparison& c, const RowDifference& difference, bool primary,
                       const std::string& baseline) {
  const MeanInterval& d = difference.test.difference;
  const double low = d.mean - *d.half_width, high = d.mean + *d.half_width;
  const bool asked = primary && c.minimum_effect;
  const double margin = asked ? *c.minimum_effect : difference.test.detectable.value_or(0);
  if (std::max(std::abs(low), std::abs(high)) <= margin)
    return fmt::format("no {} larger than {} ({})",
                       baseline.empty() ? "effect" : "difference to " + baseline, two(margin),
                       asked ? "asked" : "detectable");
  return fmt::format("open: could be up to {}", two(std::abs(low) > high ? low : high, true));
}

std::string equivalence_words(const Comparison& c, const RowDifference& difference) {
  if (!difference.equivalence_p) return "";
  return fmt::format("; sameness within {} is {}shown (TOST p {})", two(*c.equivalence),
                     *difference.equivalence_p < c.alpha ? "" : "NOT ",
                     format_p(*difference.equivalence_p));
}

// The sentences about the baseline's place on the primary metric.
class Primary {
 public:
  explicit Primary(const Comparison& comparison)
      : c_(comparison), baseline_(comparison.rows[comparison.baseline].label) {
    for (const ComparedRow& row : c_.rows)
      if (row.differences.front()) {
        tests_ += row.differences.front()->test.difference.n >= 2;
        if (switch_of(c_, row.label) != nullptr)
          switches_.push_back(fmt::format("\"{}\" ({})", row.label, verdict(c_, row, 0)));
        else
          sort_in(row.label, *row.differences.front());
      }
  }

  std::string text() const {
    std::string said;
    if (!switches_.empty()) said += fmt::format(" Against {}: {}.", baseline_, joined(switches_));
    if (!better_.empty()) said += fmt::format(" {} is better than {}.", baseline_, joined(better_));
    if (!worse_.empty()) said += fmt::format(" {} is worse than {}.", baseline_, joined(worse_));
    if (!same_.empty())
      said += fmt::format(" {} cannot be told apart from {}.", baseline_, joined(same_));
    if (!uncorrected_.empty())
      said += fmt::format(
          " Taken alone it would differ from {}, but not after {}'s correction for {} "
          "comparisons.",
          joined(uncorrected_), name_of(c_.correction), tests_);
    if (!single_.empty())
      said +=
          fmt::format(" One seed gives no interval, so nothing is said about {}.", joined(single_));
    return said;
  }

 private:
  void sort_in(const std::string& label, const RowDifference& difference) {
    const MeanInterval& d = difference.test.difference;
    switch (reading(difference, true)) {
      case Reading::better:
        worse_.push_back(fmt::format("{} by {}", label, format_gain(d)));
        break;
      case Reading::worse:
        better_.push_back(fmt::format("{} by {}", label, format_gain(negative(d))));
        break;
      case Reading::undecided:
        same_.push_back(fmt::format(
            "{} ({} - {}: {}; a difference of about {:.2f} would show with {})", label, baseline_,
            label, format_gain(negative(d)), difference.test.detectable.value_or(0),
            seeds_text(difference.seeds.size())));
        break;
      case Reading::uncorrected:
        uncorrected_.push_back(
            fmt::format("{} ({} - {}: {})", label, baseline_, label, format_gain(negative(d))));
        break;
      case Reading::one_seed:
        single_.push_back(
            fmt::format("{} ({} - {}: {})", label, baseline_, label, format_gain(negative(d))));
        break;
    }
  }

  const Comparison& c_;
  std::string baseline_;
  int64_t tests_ = 0;
  std::vector<std::string> switches_, better_, worse_, same_, uncorrected_, single_;
};

// What the baseline gained and lost against the row "base" in the other columns.
std::string against_base(const Comparison& c) {
  const auto base = std::find_if(c.rows.begin(), c.rows.end(),
                                 [](const ComparedRow& row) { return row.label == "base"; });
  if (base == c.rows.end() || static_cast<size_t>(base - c.rows.begin()) == c.baseline ||
      c.metrics.size() < 2)
    return "";
  std::vector<std::string> gained, lost_columns;
  for (size_t m = 1; m < c.metrics.size(); ++m) {
    if (!base->differences[m]) continue;
    const Reading found = reading(*base->differences[m], false);
    const std::string text =
        fmt::format("{} ({})", c.metrics[m].text(),
                    format_difference(negative(base->differences[m]->test.difference)));
    if (found == Reading::worse) gained.push_back(text);
    if (found == Reading::better) lost_columns.push_back(text);
  }
  if (gained.empty() && lost_columns.empty()) return "";
  return fmt::format(" In the other columns, each taken alone, {} {}{}{} against base.",
                     c.rows[c.baseline].label, gained.empty() ? "" : "gains on " + joined(gained),
                     gained.empty() || lost_columns.empty() ? "" : " and ",
                     lost_columns.empty() ? "" : "loses on " + joined(lost_columns));
}

const ComparedRow& best_row(const Comparison& c) {
  return *std::max_element(c.rows.begin(), c.rows.end(),
                           [](const ComparedRow& a, const ComparedRow& b) {
                             return a.values.front().mean.mean < b.values.front().mean.mean;
                           });
}

std::string takeoffs(const Comparison& c) {
  if (c.curve.takeoff_metric.empty()) return "";
  std::vector<std::string> parts;
  for (const ComparedRow& row : c.rows) {
    std::vector<int64_t> at;
    int64_t runs = 0;
    for (const Curve& curve : c.curves) {
      if (curve.row != row.label) continue;
      ++runs;
      if (curve.takeoff) at.push_back(*curve.takeoff);
    }
    if (at.empty()) continue;
    const auto [low, high] = std::minmax_element(at.begin(), at.end());
    parts.push_back(
        fmt::format("{} at iteration {} ({} of {} runs)", row.label,
                    *low == *high ? std::to_string(*low) : fmt::format("{} to {}", *low, *high),
                    at.size(), runs));
  }
  if (parts.empty())
    return fmt::format(" {} never rose above {}.", c.curve.takeoff_metric,
                       c.curve.takeoff_threshold);
  return fmt::format(" {} first rose above {} for {}.", c.curve.takeoff_metric,
                     c.curve.takeoff_threshold, joined(parts));
}

}  // namespace

Reading reading(const RowDifference& difference, bool primary) {
  const MeanInterval& d = difference.test.difference;
  if (!d.half_width) return Reading::one_seed;
  if (std::abs(d.mean) <= *d.half_width) return Reading::undecided;
  if (primary && difference.test.p_adjusted > difference.test.alpha) return Reading::uncorrected;
  return d.mean > 0 ? Reading::better : Reading::worse;
}

std::string verdict(const Comparison& c, const ComparedRow& row, size_t metric) {
  if (!row.differences[metric]) return "";
  const RowDifference& difference = *row.differences[metric];
  const std::string& baseline = c.rows[c.baseline].label;
  const MeanInterval& d = difference.test.difference;
  const RowMeaning* switched = switch_of(c, row.label);
  std::string words;
  switch (reading(difference, metric == 0)) {
    case Reading::one_seed:
      return "one seed: no interval";
    case Reading::undecided:
      words = null_words(c, difference, metric == 0, switched == nullptr ? baseline : "");
      break;
    case Reading::uncorrected:
      words = fmt::format("differs from {} alone, not after {}", baseline, name_of(c.correction));
      break;
    case Reading::better:
      words = switched != nullptr ? (switched->removes ? "hurts" : "helps")
                                  : fmt::format("better than {} by {}", baseline, format_gain(d));
      break;
    case Reading::worse:
      words = switched != nullptr
                  ? (switched->removes ? "helps" : "hurts")
                  : fmt::format("worse than {} by {}", baseline, format_gain(negative(d)));
      break;
  }
  return words + equivalence_words(c, difference);
}

std::string paragraph(const Comparison& c) {
  const ComparedRow& baseline = c.rows[c.baseline];
  const ComparedRow& best = best_row(c);
  std::string text =
      fmt::format("On {}, over {}, the highest mean is that of {} ({})", c.metrics.front().text(),
                  seeds_text(c.seeds.size()), best.label, format_mean(best.values.front().mean));
  if (&best != &baseline)
    text += fmt::format("; {} has {}", baseline.label, format_mean(baseline.values.front().mean));
  text += '.';
  text += Primary(c).text();
  if (c.correction == Correction::benjamini_hochberg)
    text += fmt::format(
        " Rows are corrected by Benjamini-Hochberg: of those called different, at most {:g} % are "
        "expected to be false; the chance of any is not bounded.",
        100 * c.alpha);
  text += against_base(c);
  text += takeoffs(c);
  text += c.seeds.size() > 1 ? fmt::format(" Intervals are {:g} % over seeds", 100 * (1 - c.alpha))
                             : std::string(" There is one seed");
  if (c.base_runs == 1 && c.seeds.size() > 1)
    text += ", and all runs start from one base checkpoint: another base may give other numbers";
  text += ".";
  std::vector<std::string> waived;
  for (const Note& note : c.notes)
    if (note.waived && std::find(waived.begin(), waived.end(), note.rule) == waived.end())
      waived.push_back(note.rule);
  if (!waived.empty())
    text += fmt::format(" Allowed although it stands in the way: {}; the notes say where.",
                        joined(waived));
  return text;
}

std::string format_mean(const MeanInterval& value) {
  if (value.n == 0) return "-";
  return value.half_width ? fmt::format("{:.2f} ± {:.2f}", value.mean, *value.half_width)
                          : fmt::format("{:.2f}", value.mean);
}

std::string format_difference(const MeanInterval& value) {
  if (value.n == 0) return "-";
  if (!value.half_width) return two(value.mean, true);
  return fmt::format("{} [{}, {}]", two(value.mean, true),
                     two(value.mean - *value.half_width, true),
                     two(value.mean + *value.half_width, true));
}

std::string format_change(const MeanInterval& value) {
  if (value.n == 0) return "-";
  return value.half_width ? fmt::format("{} ± {:.2f}", two(value.mean, true), *value.half_width)
                          : two(value.mean, true);
}

std::string format_p(double p) { return p < 0.001 ? "<0.001" : fmt::format("{:.3f}", p); }

}  // namespace rlreason::sweep
