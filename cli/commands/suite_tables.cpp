#include "cli/commands/suite_tables.h"

#include <fmt/core.h>

#include <algorithm>

#include "core/terminal/table.h"
#include "core/terminal/text.h"

namespace rlreason::cli {
namespace {

using terminal::Align;
using terminal::Table;

std::string range(const eval::Interval& interval) {
  return fmt::format("{:.4f} to {:.4f}", interval.low, interval.high);
}

std::string curve_text(const eval::SuiteReport& report) {
  Table table({{"k", Align::right},
               {"pass@k", Align::right},
               {"maj@k", Align::right},
               {"best-of-k", Align::right},
               {"pass^k", Align::right},
               {"G-Pass@k 0.5", Align::right},
               {"0.75", Align::right},
               {"mG-Pass@k", Align::right}});
  for (const eval::CurvePointAtK& point : report.curve)
    table.add({std::to_string(point.k), fmt::format("{:.4f}", point.pass),
               fmt::format("{:.4f}", point.maj),
               point.best ? fmt::format("{:.4f}", *point.best) : "",
               fmt::format("{:.4f}", point.pass_all), fmt::format("{:.4f}", point.g_pass_50),
               fmt::format("{:.4f}", point.g_pass_75),
               point.k == 1 ? "" : fmt::format("{:.4f}", point.mean_g_pass)});
  std::string text = table.text();
  const std::string n = std::to_string(report.rates.min_samples);
  if (report.pass)
    text += fmt::format("95 % of problems resampled: pass@{} {}", n, range(*report.pass));
  if (report.maj) text += fmt::format(", maj@{} {}", n, range(*report.maj));
  if (report.best) text += fmt::format(", best-of-{} {}", n, range(*report.best));
  return text + fmt::format("; votes that end in a tie: {:.1f} %\n", 100 * report.tie_rate);
}

}  // namespace

std::string report_text(const eval::SuiteReport& report) {
  const eval::SampleRates& rates = report.rates;
  std::string text = fmt::format(
      "{}: accuracy {:.4f}, 95 % {} ({}), standard error {:.4f}; {} items, {} samples\n",
      terminal::clean(report.suite), report.accuracy.value, range(report.accuracy),
      report.interval_method, report.accuracy.standard_error, rates.items, rates.samples);
  if (report.by_group)
    text += fmt::format("with the {} categories as clusters: standard error {:.4f}, 95 % {}\n",
                        report.groups, report.by_group->standard_error, range(*report.by_group));
  text += fmt::format(
      "an answer was found in {:.1f} %, cut off {:.1f} %, ends in circles {:.1f} %, unscored {}; "
      "mean length "
      "{:.0f} (right {:.0f}, wrong {:.0f})\n",
      100 * rates.extraction_rate, 100 * rates.truncation_rate, 100 * rates.repetition_rate,
      rates.unscored, rates.mean_length, rates.mean_length_right, rates.mean_length_wrong);
  if (rates.min_samples != rates.max_samples)
    text += fmt::format("samples differ between items: {} to {}; k goes to {}\n", rates.min_samples,
                        rates.max_samples, rates.min_samples);
  if (rates.min_samples > 1) text += "\n" + curve_text(report);
  return text;
}

std::string agreement_text(const eval::Agreement& agreement, const std::string& other,
                           size_t most) {
  const auto& m = agreement.matrix;
  std::string text =
      fmt::format("agreement with {}: {} of {} ({:.2f} %), kappa {:.3f}\n", other,
                  agreement.equal(), agreement.count(), 100 * agreement.rate(), agreement.kappa());
  Table matrix({{"ours \\ theirs"},
                {"right", Align::right},
                {"wrong", Align::right},
                {"unscored", Align::right}});
  constexpr const char* kNames[] = {"right", "wrong", "unscored"};
  for (size_t i = 0; i < 3; ++i)
    matrix.add(
        {kNames[i], std::to_string(m[i][0]), std::to_string(m[i][1]), std::to_string(m[i][2])});
  text += matrix.text();
  if (agreement.disagreements.empty()) return text;
  Table list({{"item", Align::left, 40},
              {"sample", Align::right},
              {"ours"},
              {"our answer", Align::left, 40},
              {"rule"},
              {"theirs"},
              {"their answer", Align::left, 40}});
  for (size_t i = 0; i < std::min(most, agreement.disagreements.size()); ++i) {
    const eval::Disagreement& one = agreement.disagreements[i];
    list.add({one.item, std::to_string(one.sample), std::string(data::to_string(one.ours)),
              one.our_answer, one.our_rule, std::string(data::to_string(one.theirs)),
              one.their_answer});
  }
  text += "\n" + list.text();
  if (agreement.disagreements.size() > most)
    text += fmt::format("and {} more: --json lists all\n", agreement.disagreements.size() - most);
  return text;
}

}  // namespace rlreason::cli
