#include "sweeps/compare/render.h"

#include <fmt/core.h>

#include <algorithm>
#include <cmath>

#include "core/terminal/sparkline.h"
#include "core/terminal/table.h"
#include "core/terminal/text.h"
#include "sweeps/compare/words.h"

namespace rlreason::sweep {
namespace {

using terminal::Align;
using terminal::Table;

constexpr size_t kBuckets = 24;

std::string table_text(const Table& table, Layout layout) {
  return layout == Layout::markdown ? table.markdown() : table.text();
}

std::string heading(const std::string& text, Layout layout) {
  return layout == Layout::markdown ? fmt::format("\n### {}\n\n", text)
                                    : fmt::format("\n{}\n", text);
}

// Suites of one family ("ledger_hard", "ledger_long") lose the beginning that they share.
size_t shared_prefix(const Comparison& c) {
  std::string shared = c.metrics.front().suite;
  for (const Metric& metric : c.metrics) {
    size_t same = 0;
    while (same < shared.size() && same < metric.suite.size() && shared[same] == metric.suite[same])
      ++same;
    shared.resize(same);
  }
  const size_t cut = shared.rfind('_');
  return cut == std::string::npos ? 0 : cut + 1;
}

std::vector<terminal::Column> metric_columns(const Comparison& c, const std::string& first) {
  std::vector<terminal::Column> columns{{.title = first}};
  const size_t cut = shared_prefix(c);
  for (const Metric& metric : c.metrics)
    columns.push_back({.title = metric.text().substr(cut), .align = Align::right});
  return columns;
}

// The row's name with the numbers of its notes: "luffy [1,2]".
std::string marked(const ComparedRow& row) {
  std::string numbers;
  for (size_t n : row.notes) numbers += (numbers.empty() ? "" : ",") + std::to_string(n);
  return numbers.empty() ? row.label : fmt::format("{} [{}]", row.label, numbers);
}

std::string notes_text(const Comparison& c, Layout layout) {
  std::string text;
  for (size_t n = 0; n < c.notes.size(); ++n)
    text += fmt::format("{}[{}] {}: {}: {}\n", layout == Layout::markdown ? "\n" : "", n + 1,
                        c.notes[n].waived ? "allowed" : "note", c.notes[n].rule,
                        terminal::clean(c.notes[n].sentence));
  return text.empty() ? text : "\n" + text;
}

std::string values_table(const Comparison& c, Layout layout) {
  Table table(metric_columns(c, "method"));
  for (const ComparedRow& row : c.rows) {
    std::vector<std::string> cells{marked(row)};
    for (const RowValue& value : row.values) cells.push_back(format_mean(value.mean));
    table.add(cells);
  }
  return table_text(table, layout);
}

std::string primary_table(const Comparison& c, Layout layout) {
  const std::string& baseline = c.rows[c.baseline].label;
  Table table({{.title = "method"},
               {.title = "minus " + baseline, .align = Align::right},
               {.title = fmt::format("p ({})", name_of(c.correction)), .align = Align::right},
               {.title = "sign flip", .align = Align::right},
               {.title = "by item too", .align = Align::right},
               {.title = "would show", .align = Align::right},
               {.title = "reading"}});
  for (const ComparedRow& row : c.rows) {
    if (!row.differences.front()) continue;
    const RowDifference& d = *row.differences.front();
    const bool several = d.test.difference.n >= 2;
    table.add(
        {row.label, format_difference(d.test.difference),
         several ? format_p(d.test.p_adjusted) : "-", several ? format_p(d.test.sign_flip_p) : "-",
         d.by_item ? fmt::format("[{:+.2f}, {:+.2f}]", d.by_item->low, d.by_item->high) : "-",
         d.test.detectable ? fmt::format("{:.2f}", *d.test.detectable) : "-", verdict(c, row, 0)});
  }
  return table_text(table, layout);
}

std::string differences_table(const Comparison& c, Layout layout) {
  Table table(metric_columns(c, "minus " + c.rows[c.baseline].label));
  for (const ComparedRow& row : c.rows) {
    if (!row.differences.front()) continue;
    std::vector<std::string> cells{row.label};
    for (const auto& difference : row.differences) {
      if (!difference) {
        cells.emplace_back("-");
        continue;
      }
      const MeanInterval& d = difference->test.difference;
      cells.push_back(format_change(d));
    }
    table.add(cells);
  }
  return table_text(table, layout);
}

// The mean over a row's runs in buckets of the axis up to `top`; NaN where no run has a point.
std::vector<double> mean_curve(const std::vector<const Curve*>& curves, double top) {
  std::vector<double> sums(kBuckets, 0), counts(kBuckets, 0);
  for (const Curve* curve : curves) {
    for (size_t i = 0; i < curve->x.size(); ++i) {
      const double at = top > 0 ? curve->x[i] / top * static_cast<double>(kBuckets) : 0;
      const size_t bucket = std::min(kBuckets - 1, static_cast<size_t>(std::max(0.0, at)));
      sums[bucket] += curve->y[i];
      counts[bucket] += 1;
    }
  }
  for (size_t b = 0; b < kBuckets; ++b)
    sums[b] = counts[b] > 0 ? sums[b] / counts[b] : std::nan("");
  return sums;
}

std::string takeoff_text(const std::vector<const Curve*>& curves) {
  std::string text;
  for (const Curve* curve : curves) {
    if (!text.empty()) text += ' ';
    text += curve->takeoff ? fmt::format("{}", *curve->takeoff) : "never";
  }
  return text;
}

std::vector<const Curve*> curves_of(const Comparison& c, const std::string& row) {
  std::vector<const Curve*> found;
  for (const Curve& curve : c.curves)
    if (curve.row == row && (!curve.x.empty() || curve.takeoff)) found.push_back(&curve);
  return found;
}

std::string curves_table(const Comparison& c, Layout layout) {
  double top = 0, low = 0, high = 1;
  bool iterations = false, any = false;
  for (const Curve& curve : c.curves) {
    if (curve.x.empty()) continue;
    any = true;
    iterations = iterations || curve.axis_is_iterations;
    top = std::max(top, curve.x.back());
    low = std::min(low, *std::min_element(curve.y.begin(), curve.y.end()));
    high = std::max(high, *std::max_element(curve.y.begin(), curve.y.end()));
  }
  if (!any) return "";
  std::vector<terminal::Column> columns{
      {.title = "method"},
      {.title = c.curve.metric},
      {.title = "first", .align = Align::right},
      {.title = "last", .align = Align::right},
      {.title = iterations ? "iterations" : "tokens", .align = Align::right}};
  if (!c.curve.takeoff_metric.empty())
    columns.push_back({.title = fmt::format("first {} > {} by seed", c.curve.takeoff_metric,
                                            c.curve.takeoff_threshold)});
  Table table(columns);
  for (const ComparedRow& row : c.rows) {
    const std::vector<const Curve*> curves = curves_of(c, row.label);
    if (curves.empty()) continue;
    double first = 0, last = 0, length = 0;
    for (const Curve* curve : curves) {
      const double n = static_cast<double>(curves.size());
      if (curve->x.empty()) continue;
      first += curve->y.front() / n;
      last += curve->y.back() / n;
      length += curve->x.back() / n;
    }
    std::vector<std::string> cells{
        row.label, terminal::sparkline(mean_curve(curves, top), kBuckets, std::pair{low, high}),
        fmt::format("{:.2f}", first), fmt::format("{:.2f}", last), terminal::format_count(length)};
    if (!c.curve.takeoff_metric.empty()) cells.push_back(takeoff_text(curves));
    table.add(cells);
  }
  return heading(fmt::format("{} while training, mean over seeds, from 0 to {} {}", c.curve.metric,
                             terminal::format_count(top), iterations ? "iterations" : "tokens"),
                 layout) +
         table_text(table, layout);
}

std::string seeds_line(const Comparison& c) {
  std::string seeds;
  for (uint64_t seed : c.seeds) seeds += (seeds.empty() ? "" : ", ") + std::to_string(seed);
  return fmt::format(
      "{} seed{} ({}); mean ± half width of the {:g} % t interval over seeds; NAME is avg@k, "
      "NAME@K "
      "is pass@K",
      c.seeds.size(), c.seeds.size() == 1 ? "" : "s", seeds, 100 * (1 - c.alpha));
}

// Words in lines of at most `width` columns.
std::string wrapped(const std::string& text, size_t width) {
  std::string result, line;
  size_t begin = 0;
  while (begin < text.size()) {
    const size_t end = std::min(text.find(' ', begin), text.size());
    const std::string word = text.substr(begin, end - begin);
    if (!line.empty() &&
        terminal::display_width(line) + 1 + terminal::display_width(word) > width) {
      result += line + "\n";
      line.clear();
    }
    line += (line.empty() ? "" : " ") + word;
    begin = end + 1;
  }
  return result + line + "\n";
}

}  // namespace

std::string render(const Comparison& c, Layout layout) {
  std::string text = layout == Layout::markdown ? fmt::format("## {}\n\n", c.name) : c.name + "\n";
  text = terminal::clean(text, terminal::Lines::keep);
  if (!c.question.empty())
    text += terminal::clean(c.question) + (layout == Layout::markdown ? "\n\n" : "\n");
  text += seeds_line(c) + "\n\n";
  text += values_table(c, layout);
  if (c.rows.size() > 1) {
    const std::string& baseline = c.rows[c.baseline].label;
    text += heading(
        fmt::format("{}: difference to {}, paired by seed", c.metrics.front().text(), baseline),
        layout);
    text += primary_table(c, layout);
    if (c.metrics.size() > 1) {
      text += heading(
          fmt::format("All columns minus {} (exploratory: no correction for the number of columns)",
                      baseline),
          layout);
      text += differences_table(c, layout);
    }
  }
  text += curves_table(c, layout);
  if (!c.gates.empty()) text += heading("Gates", layout);
  for (const GateResult& gate : c.gates)
    text += fmt::format("{}{} {}\n", layout == Layout::markdown ? "- " : "",
                        !gate.measured ? "not checked:"
                        : gate.passed  ? "passed:"
                                       : "FAILED:",
                        gate.sentence);
  text += notes_text(c, layout);
  for (const std::string& footnote : c.footnotes)
    text += fmt::format("\n{}\n", terminal::clean(footnote));
  const std::string words = terminal::clean(paragraph(c));
  return text + "\n" + (layout == Layout::markdown ? words + "\n" : wrapped(words, 100));
}

}  // namespace rlreason::sweep
