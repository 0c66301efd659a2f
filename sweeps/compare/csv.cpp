#include "sweeps/compare/csv.h"

#include <fmt/core.h>

#include <cmath>

#include "sweeps/compare/markup.h"
#include "sweeps/compare/report.h"
#include "sweeps/compare/words.h"

namespace rlreason::sweep {
namespace {

std::string number(const std::optional<double>& value) {
  return value && std::isfinite(*value) ? fmt::format("{:.6g}", *value) : "";
}

std::string notes_of(const Comparison& c, const std::string& row) {
  std::string text;
  for (const Note& note : c.notes)
    if (note.row.empty() || note.row == row)
      text += fmt::format("{}{}{}: {}", text.empty() ? "" : "; ", note.waived ? "allowed: " : "",
                          note.rule, note.sentence);
  return text;
}

std::string difference_cells(const Comparison& c, const ComparedRow& row, size_t metric) {
  if (!row.differences[metric]) return ",,,,,,";
  const RowDifference& d = *row.differences[metric];
  const MeanInterval& mean = d.test.difference;
  const bool several = mean.n > 1;
  const auto bound = [&](double sign) {
    return several ? number(mean.mean + sign * *mean.half_width) : "";
  };
  return fmt::format("{},{},{},{},{},{},{}", number(mean.mean), bound(-1), bound(1),
                     several ? number(d.test.p) : "",
                     several && metric == 0 ? number(d.test.p_adjusted) : "",
                     number(d.test.detectable), csv_text(verdict(c, row, metric)));
}

}  // namespace

std::string csv(const Comparison& c, const ReportHead& head) {
  std::string text = fmt::format(
      "row,metric,primary,seeds,mean,half_width,difference,low,high,p,p_{},detectable,reading,"
      "notes,report\n",
      to_string(c.correction));
  for (const ComparedRow& row : c.rows)
    for (size_t m = 0; m < c.metrics.size(); ++m) {
      const MeanInterval& value = row.values[m].mean;
      text += fmt::format("{},{},{},{},{},{},{},{},{}\n", csv_text(row.label),
                          csv_text(c.metrics[m].text()), m == 0 ? 1 : 0, value.n,
                          value.n > 0 ? number(value.mean) : "", number(value.half_width),
                          difference_cells(c, row, m), csv_text(notes_of(c, row.label)), head.id);
    }
  return text;
}

}  // namespace rlreason::sweep
