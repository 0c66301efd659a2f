#include "sweeps/compare/html.h"

#include <fmt/core.h>

#include "sweeps/compare/html_plots.h"
#include "sweeps/compare/markup.h"
#include "sweeps/compare/report.h"
#include "sweeps/compare/words.h"

namespace rlreason::sweep {
namespace {

constexpr const char* kStyle = R"css(
:root{color-scheme:light dark;--paper:#fff;--ink:#1b1f24;--muted:#6a737d;--rule:#d7dbe0;--accent:#0b62c4;--band:#0b62c433;--wash:#f4f6f8}
@media (prefers-color-scheme:dark){:root{--paper:#14171a;--ink:#e6e8ea;--muted:#98a1ab;--rule:#343a41;--accent:#6cb2ff;--band:#6cb2ff33;--wash:#1d2226}}
@media print{:root{--paper:#fff;--ink:#000;--muted:#555;--rule:#ccc;--accent:#0b4f9e;--band:#0b4f9e22;--wash:#fff}details>summary{display:none}section{break-inside:avoid}}
*{box-sizing:border-box}
body{margin:0 auto;padding:2rem 1.25rem 4rem;max-width:64rem;background:var(--paper);color:var(--ink);font:16px/1.5 system-ui,sans-serif}
h1{font-size:1.6rem;line-height:1.25;margin:0 0 .25rem}h2{font-size:1.15rem;margin:2.5rem 0 .5rem}h3{font-size:1rem;margin:1.25rem 0 .25rem}
p{margin:.5rem 0;max-width:48rem}.note,.small-print{color:var(--muted);font-size:.9rem}
.scroll{overflow-x:auto}table{border-collapse:collapse;font-size:.92rem;font-variant-numeric:tabular-nums;margin:.5rem 0}
th,td{padding:.3rem .7rem;text-align:right;border-bottom:1px solid var(--rule);white-space:nowrap;vertical-align:top}
th:first-child,td:first-child,.left{text-align:left}td.words{white-space:normal;min-width:14rem;text-align:left}
thead th{border-bottom:2px solid var(--ink);font-weight:600}tr.baseline td{background:var(--wash);font-weight:600}
td.path{white-space:normal;overflow-wrap:anywhere;text-align:left}
svg{display:block;max-width:100%}svg.wide{width:100%;max-width:44rem;height:auto}.plots{display:grid;grid-template-columns:repeat(auto-fill,minmax(15rem,1fr));gap:.75rem}
svg text{fill:var(--muted);font:10px system-ui,sans-serif}svg text.name{fill:var(--ink);font-size:11.5px}svg.wide text{font-size:12px}svg.wide text.name{font-size:13px}
svg .axis{stroke:var(--ink)}svg .grid{stroke:var(--rule);stroke-width:.7}svg .zero{stroke:var(--ink);stroke-width:1}
svg .thin{stroke:var(--accent);stroke-width:1.2}svg .thick{stroke:var(--accent);stroke-width:3.5}svg .dot{fill:var(--accent)}
svg .curve{fill:none;stroke:var(--accent);stroke-width:1.8}svg .beside{fill:none;stroke:var(--muted);stroke-width:1.2;stroke-dasharray:4 3}svg .band{fill:var(--band)}
pre{background:var(--wash);border:1px solid var(--rule);padding:.5rem .7rem;margin:.25rem 0;white-space:pre-wrap;overflow-wrap:anywhere;font:13px/1.4 ui-monospace,monospace;max-height:16rem;overflow-y:auto}
.two{display:grid;grid-template-columns:1fr 1fr;gap:.75rem}@media (max-width:40rem){.two{grid-template-columns:1fr}}
summary{cursor:pointer}details{margin:.4rem 0}
)css";

std::string marks(const ComparedRow& row) {
  std::string text;
  for (size_t n : row.notes) text += fmt::format("<sup>[{}]</sup>", n);
  return text;
}

std::string row_start(const Comparison& c, const ComparedRow& row) {
  return fmt::format("<tr{}><td>{}{}</td>",
                     &row == &c.rows[c.baseline] ? " class=\"baseline\"" : "",
                     html_escape(row.label), marks(row));
}

std::string values_table(const Comparison& c) {
  std::string text = "<div class=\"scroll\"><table><thead><tr><th>row</th>";
  for (size_t m = 0; m < c.metrics.size(); ++m)
    text += "<th>" + html_escape(c.metrics[m].text()) + (m > 0 ? " <sup>e</sup>" : "") + "</th>";
  text += "</tr></thead><tbody>\n";
  for (const ComparedRow& row : c.rows) {
    text += row_start(c, row);
    for (const RowValue& value : row.values) text += "<td>" + format_mean(value.mean) + "</td>";
    text += "</tr>\n";
  }
  return text + "</tbody></table></div>\n";
}

std::string differences_table(const Comparison& c) {
  if (c.rows.size() < 2) return "";
  std::string text = fmt::format(
      "<h2>{} minus {}</h2>\n<div "
      "class=\"scroll\"><table><thead><tr><th>row</th><th>difference</th>"
      "<th>p ({})</th><th>by item too</th><th>would show</th><th class=\"left\">reading</th>"
      "</tr></thead><tbody>\n",
      html_escape(c.metrics.front().text()), html_escape(c.rows[c.baseline].label),
      name_of(c.correction));
  for (const ComparedRow& row : c.rows) {
    if (!row.differences.front()) continue;
    const RowDifference& d = *row.differences.front();
    text += row_start(c, row);
    text += fmt::format(
        "<td>{}</td><td>{}</td><td>{}</td><td>{}</td><td class=\"words\">{}</td></tr>\n",
        format_difference(d.test.difference),
        d.test.difference.n > 1 ? format_p(d.test.p_adjusted) : "-",
        d.by_item ? fmt::format("[{:+.2f}, {:+.2f}]", d.by_item->low, d.by_item->high) : "-",
        d.test.detectable ? fmt::format("{:.2f}", *d.test.detectable) : "-",
        html_escape(verdict(c, row, 0)));
  }
  return text + "</tbody></table></div>\n";
}

std::string how_to_read(const Comparison& c) {
  std::string seeds;
  for (uint64_t seed : c.seeds) seeds += (seeds.empty() ? "" : ", ") + std::to_string(seed);
  return fmt::format(
      "<p class=\"small-print\">{} seed{} ({}). Cells: mean ± half width of the {:g} % t interval "
      "over "
      "seeds; NAME is avg@k, NAME@K is pass@K. Differences are paired by seed and tested by t, "
      "{} "
      "over the rows; “by item too” resamples seeds, then items. “Would show” is the "
      "difference that this many seeds detect with 80 % power.{}</p>\n",
      c.seeds.size(), c.seeds.size() == 1 ? "" : "s", seeds, 100 * (1 - c.alpha),
      name_of(c.correction),
      c.metrics.size() > 1 ? " <sup>e</sup> exploratory: not corrected for the number of columns."
                           : "");
}

std::string dots(const Comparison& c) {
  std::vector<DotLine> lines;
  for (const ComparedRow& row : c.rows) {
    if (!row.differences.front()) continue;
    const RowDifference& d = *row.differences.front();
    const MeanInterval& mean = d.test.difference;
    DotLine line{.label = html_escape(row.label), .value = mean.mean, .interval = {}, .wider = {}};
    if (d.by_item) line.interval = *d.by_item;
    if (mean.half_width)
      line.wider = Interval{mean.mean - *mean.half_width, mean.mean + *mean.half_width};
    lines.push_back(line);
  }
  if (lines.empty()) return "";
  const std::string axis = fmt::format("{} minus {}", html_escape(c.metrics.front().text()),
                                       html_escape(c.rows[c.baseline].label));
  return "<section>" + dots_svg(lines, axis) +
         fmt::format(
             "<p class=\"small-print\">Thin: {:g} % t interval over seeds. Thick: bootstrap over "
             "seeds and items.</p></section>\n",
             100 * (1 - c.alpha));
}

std::string notes(const Comparison& c) {
  std::string text;
  for (size_t n = 0; n < c.notes.size(); ++n)
    text += fmt::format("<p class=\"note\">[{}] {}{}: {}</p>\n", n + 1,
                        c.notes[n].waived ? "allowed although it stands in the way: " : "",
                        html_escape(c.notes[n].rule), html_escape(c.notes[n].sentence));
  for (const std::string& note : c.footnotes)
    text += "<p class=\"note\">" + html_escape(note) + "</p>\n";
  for (const GateResult& gate : c.gates)
    text += fmt::format("<p class=\"note\">gate {}: {}</p>\n",
                        !gate.measured ? "not checked"
                        : gate.passed  ? "passed"
                                       : "FAILED",
                        html_escape(gate.sentence));
  return text;
}

}  // namespace

const CellFacts* find_cell(const ComparisonInput& input, const std::string& row, uint64_t seed) {
  for (const CellFacts& cell : input.cells)
    if (cell.row == row && cell.seed == seed) return &cell;
  return nullptr;
}

std::string html(const Comparison& c, const ComparisonInput& input, const ReportHead& head) {
  std::string text = "<!DOCTYPE html>\n<!-- " + html_escape(head.line()) +
                     " -->\n<html lang=\"en\"><head>"
                     "<meta charset=\"utf-8\">"
                     "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">"
                     "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; "
                     "style-src 'unsafe-inline'\">";
  text += "<title>" + html_escape(c.name) + "</title><style>" + kStyle + "</style></head><body>\n";
  text += "<h1>" + html_escape(c.question.empty() ? c.name : c.question) + "</h1>\n";
  if (!c.question.empty()) text += "<p class=\"small-print\">" + html_escape(c.name) + "</p>\n";
  text += "<section><p>" + html_escape(paragraph(c)) + "</p>\n" + values_table(c) + notes(c) +
          "</section>\n";
  text += "<section>" + differences_table(c) + how_to_read(c) + "</section>\n";
  text += dots(c);
  text += html_learning_curves(c);
  text += html_pass_curves(c, input);
  text += html_items(c, input);
  text += html_configurations(c, input);
  text += html_compute(c, input);
  text += fmt::format(
      "<section><h2>How this was made</h2>\n<pre>{}</pre>\n<p "
      "class=\"small-print\">{}</p></section>\n",
      html_escape(head.command), html_escape(head.line()));
  return text + "</body></html>\n";
}

}  // namespace rlreason::sweep
