#include "sweeps/compare/latex.h"

#include <fmt/core.h>

#include <cmath>

#include "core/terminal/text.h"
#include "sweeps/compare/markup.h"
#include "sweeps/compare/report.h"
#include "sweeps/compare/words.h"

namespace rlreason::sweep {
namespace {

std::string mean_cell(const MeanInterval& value) {
  if (value.n == 0) return "--";
  return value.half_width ? fmt::format("${:.2f} \\pm {:.2f}$", value.mean, *value.half_width)
                          : fmt::format("${:.2f}$", value.mean);
}

std::string p_cell(const RowDifference& difference) {
  if (difference.test.difference.n < 2) return "--";
  const double p = difference.test.p_adjusted;
  const char* star = p <= difference.test.alpha ? "^{*}" : "";
  return p < 0.001 ? fmt::format("$<0.001{}$", star) : fmt::format("${:.3f}{}$", p, star);
}

std::string row_line(const Comparison& c, const ComparedRow& row) {
  std::string line = latex_escape(row.label);
  for (size_t n : row.notes) line += fmt::format("$^{{[{}]}}$", n);
  for (const RowValue& value : row.values) line += " & " + mean_cell(value.mean);
  if (c.rows.size() > 1) {
    const auto& difference = row.differences.front();
    line += difference ? fmt::format(" & ${}$ & {}", format_difference(difference->test.difference),
                                     p_cell(*difference))
                       : " & &";
  }
  return line + " \\\\\n";
}

std::string under_table(const Comparison& c, size_t columns) {
  std::string text;
  const auto add = [&](const std::string& note) {
    text += fmt::format("\\multicolumn{{{}}}{{p{{0.9\\linewidth}}}}{{\\footnotesize {}}} \\\\\n",
                        columns, note);
  };
  for (size_t n = 0; n < c.notes.size(); ++n)
    add(fmt::format("[{}] {}{}: {}", n + 1, c.notes[n].waived ? "allowed: " : "",
                    latex_escape(c.notes[n].rule), latex_escape(c.notes[n].sentence)));
  for (const std::string& note : c.footnotes) add(latex_escape(note));
  return text;
}

}  // namespace

std::string latex(const Comparison& c, const ReportHead& head) {
  const bool paired = c.rows.size() > 1;
  const size_t columns = 1 + c.metrics.size() + (paired ? 2 : 0);
  std::string text = "% " + head.line() + "\n% do not edit numbers; needs \\usepackage{booktabs}\n";
  text += "\\begin{tabular}{l" + std::string(columns - 1, 'r') + "}\n\\toprule\n";
  for (size_t m = 0; m < c.metrics.size(); ++m)
    text += " & " + latex_escape(c.metrics[m].text()) + (m > 0 ? "$^{\\dagger}$" : "");
  if (paired)
    text += fmt::format(" & $\\Delta$ [{:g}\\,\\% CI] & $p_\\mathrm{{{}}}$", 100 * (1 - c.alpha),
                        c.correction == Correction::holm ? "Holm" : "BH");
  text += " \\\\ \\midrule\n";
  for (const ComparedRow& row : c.rows) text += row_line(c, row);
  text += "\\bottomrule\n" + under_table(c, columns) + "\\end{tabular}\n";
  text += fmt::format("% {} seeds; mean and half width of the {:g} % t interval over seeds",
                      c.seeds.size(), 100 * (1 - c.alpha));
  if (paired)
    text +=
        fmt::format("; Delta: {} minus {}, paired by seed, {} over rows", c.metrics.front().text(),
                    terminal::clean(c.rows[c.baseline].label), name_of(c.correction));
  if (c.metrics.size() > 1) text += "; dagger: exploratory, no correction";
  return text + "\n% made by: " + terminal::clean(head.command) + "\n";
}

}  // namespace rlreason::sweep
