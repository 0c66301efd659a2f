// What is behind the rows of an HTML report: configuration differences, compute used, items on which rows differ.
#include <fmt/core.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <set>

#include "core/error.h"
#include "core/terminal/text.h"
#include "evaluators/stored_texts.h"
#include "sweeps/compare/config_paths.h"
#include "sweeps/compare/html.h"
#include "sweeps/compare/markup.h"

namespace rlreason::sweep {
namespace {

constexpr size_t kItemsShown = 4;      // of a row, won and lost each
constexpr size_t kLongestText = 4000;  // bytes of a response

struct ItemChange {
  std::string id;
  double change = 0;  // share of right samples, row - baseline, mean over seeds
  uint64_t seed = 0;  // where it is largest
  double largest = 0;
};

double share(const store::ItemFact& item) {
  double right = 0;
  for (const store::SampleFact& sample : item.samples) right += sample.outcome == "right";
  return item.samples.empty() ? 0 : right / static_cast<double>(item.samples.size());
}

std::vector<ItemChange> changes(const Comparison& c, const ComparisonInput& input,
                                const std::string& row) {
  std::map<std::string, std::pair<ItemChange, double>> all;
  const std::string& suite = c.metrics.front().suite;
  for (uint64_t seed : c.seeds) {
    const CellFacts *mine = find_cell(input, row, seed),
                    *theirs = find_cell(input, c.rows[c.baseline].label, seed);
    if (mine == nullptr || theirs == nullptr || !mine->suites.contains(suite) ||
        !theirs->suites.contains(suite))
      continue;
    std::map<std::string, double> baseline;
    for (const store::ItemFact& item : theirs->suites.at(suite).items)
      baseline[item.id] = share(item);
    for (const store::ItemFact& item : mine->suites.at(suite).items) {
      const auto other = baseline.find(item.id);
      if (other == baseline.end()) continue;
      auto& [change, count] = all[item.id];
      const double here = share(item) - other->second;
      change.id = item.id;
      change.change += here;
      count += 1;
      if (std::abs(here) > std::abs(change.largest)) {
        change.largest = here;
        change.seed = seed;
      }
    }
  }
  std::vector<ItemChange> result;
  for (auto& [id, found] : all) {
    found.first.change /= found.second;
    result.push_back(found.first);
  }
  std::sort(result.begin(), result.end(), [](const ItemChange& a, const ItemChange& b) {
    return a.change != b.change ? a.change < b.change : a.id < b.id;
  });
  return result;
}

// One response of an item in a cell, the first of the wanted outcome; nothing when there is none or the texts are gone.
std::optional<eval::StoredText> response(const CellFacts& cell, const std::string& suite,
                                         const std::string& id, bool right) {
  const store::EvalFacts& facts = cell.suites.at(suite);
  std::optional<int64_t> wanted;
  for (const store::ItemFact& item : facts.items)
    if (item.id == id)
      for (const store::SampleFact& sample : item.samples)
        if (!wanted && (sample.outcome == "right") == right) wanted = sample.sample;
  std::optional<eval::StoredText> found;
  if (!wanted) return {};
  try {
    for (const std::string& file : facts.row.texts)
      eval::for_each_text(std::filesystem::path(cell.evaluation->directory) / file,
                          [&](eval::StoredText text) {
                            if (!found && text.id == id && text.sample == *wanted)
                              found = std::move(text);
                          });
  } catch (const Error&) {
    return {};  // the run's directory was moved or cleaned: the table stands without texts
  }
  return found;
}

std::string cut(const std::string& text) {
  return text.size() <= kLongestText ? text : text.substr(0, kLongestText) + "\n[cut]";
}

std::string pre(const char* title, const std::string& row,
                const std::optional<eval::StoredText>& text) {
  return fmt::format("<div><span class=\"small-print\">{}: {}</span><pre>{}</pre></div>", title,
                     html_escape(row),
                     text ? html_escape_lines(cut(text->text)) : "(no such response is kept)");
}

std::string item_block(const Comparison& c, const ComparisonInput& input, const std::string& row,
                       const ItemChange& change) {
  const std::string& baseline = c.rows[c.baseline].label;
  const std::string& suite = c.metrics.front().suite;
  const CellFacts *mine = find_cell(input, row, change.seed),
                  *theirs = find_cell(input, baseline, change.seed);
  const bool won = change.change > 0;
  const auto my_text = response(*mine, suite, change.id, won),
             their_text = response(*theirs, suite, change.id, !won);
  std::string text =
      fmt::format("<details><summary>{}: {:+.2f} (seed {}: {:+.2f})</summary>\n",
                  html_escape(change.id), change.change, change.seed, change.largest);
  if (my_text && !my_text->prompt.empty())
    text += fmt::format("<pre>{}</pre><p class=\"small-print\">gold: {}</p>",
                        html_escape_lines(cut(my_text->prompt)), html_escape(my_text->gold));
  return text + "<div class=\"two\">" + pre(won ? "right" : "wrong", row, my_text) +
         pre(won ? "wrong" : "right", baseline, their_text) + "</div></details>\n";
}

std::string mean_text(const std::vector<double>& values) {
  if (values.empty()) return "-";
  double sum = 0;
  for (const double v : values) sum += v;
  return terminal::format_count(sum / static_cast<double>(values.size()));
}

}  // namespace

std::string html_items(const Comparison& c, const ComparisonInput& input) {
  std::string text;
  for (const ComparedRow& row : c.rows) {
    if (!row.differences.front()) continue;
    const std::vector<ItemChange> all = changes(c, input, row.label);
    const auto lost = static_cast<size_t>(
        std::count_if(all.begin(), all.end(), [](auto& i) { return i.change < 0; }));
    const auto won = static_cast<size_t>(
        std::count_if(all.begin(), all.end(), [](auto& i) { return i.change > 0; }));
    if (lost + won == 0) continue;
    text += fmt::format("<details><summary>{}: {} of {} items lost, {} won</summary>\n",
                        html_escape(row.label), lost, all.size(), won);
    if (lost > 0) text += "<h3>most lost</h3>\n";
    for (size_t i = 0; i < std::min(kItemsShown, lost); ++i)
      text += item_block(c, input, row.label, all[i]);
    if (won > 0) text += "<h3>most won</h3>\n";
    for (size_t i = 0; i < std::min(kItemsShown, won); ++i)
      text += item_block(c, input, row.label, all[all.size() - 1 - i]);
    text += "</details>\n";
  }
  if (text.empty()) return "";
  return fmt::format(
      "<section><h2>Items of {} against {}</h2>\n<p class=\"small-print\">Change of the share "
      "of right samples, mean over seeds; texts are of the seed where it is "
      "largest.</p>\n{}</section>\n",
      html_escape(c.metrics.front().suite), html_escape(c.rows[c.baseline].label), text);
}

std::string html_configurations(const Comparison& c, const ComparisonInput& input) {
  std::string text;
  const std::string& baseline = c.rows[c.baseline].label;
  const CellFacts* theirs = find_cell(input, baseline, c.seeds.front());
  if (theirs == nullptr || !theirs->trained) return "";
  for (const ComparedRow& row : c.rows) {
    const CellFacts* mine = find_cell(input, row.label, c.seeds.front());
    if (row.label == baseline || row.label == "base" || mine == nullptr || !mine->trained) continue;
    const auto differences = config_difference(theirs->trained->config, mine->trained->config);
    text += fmt::format(
        "<details><summary>{}: {} path{} differ{}</summary><div class=\"scroll\"><table><thead><tr>"
        "<th>path</th><th class=\"left\">{}</th><th class=\"left\">{}</th></tr></thead><tbody>\n",
        html_escape(row.label), differences.size(), differences.size() == 1 ? "" : "s",
        differences.size() == 1 ? "s" : "", html_escape(baseline), html_escape(row.label));
    for (const PathDifference& d : differences)
      text += fmt::format(
          "<tr><td class=\"path\">{}</td><td class=\"path\">{}</td><td "
          "class=\"path\">{}</td></tr>\n",
          html_escape(d.path), html_escape(shown_value(d.a)), html_escape(shown_value(d.b)));
    text += "</tbody></table></div></details>\n";
  }
  if (text.empty()) return "";
  return fmt::format("<section><h2>Configurations against {}</h2>\n{}</section>\n",
                     html_escape(baseline), text);
}

std::string html_compute(const Comparison& c, const ComparisonInput& input) {
  std::string text;
  for (const ComparedRow& row : c.rows) {
    std::vector<double> iterations, tokens, generated, seconds;
    std::set<std::string> builds;
    size_t runs = 0;
    for (const CellFacts& cell : input.cells) {
      if (cell.row != row.label || row.label == "base" || !cell.trained) continue;
      const ComputeUsed used = compute_used(*cell.trained);
      ++runs;
      if (used.iterations) iterations.push_back(*used.iterations);
      if (used.tokens) tokens.push_back(*used.tokens);
      if (used.generated) generated.push_back(*used.generated);
      if (used.seconds) seconds.push_back(*used.seconds);
      builds.insert(cell.trained->build);
    }
    if (runs == 0) continue;
    double wall = 0;
    for (const double s : seconds) wall += s / static_cast<double>(seconds.size());
    std::string by;
    for (const std::string& build : builds) by += (by.empty() ? "" : "; ") + build;
    text += fmt::format(
        "<tr><td>{}</td><td>{}</td><td>{}</td><td>{}</td><td>{}</td><td>{}</td><td "
        "class=\"words\">{}</td></tr>\n",
        html_escape(row.label), runs, mean_text(iterations), mean_text(tokens),
        mean_text(generated), seconds.empty() ? "-" : terminal::format_duration(wall),
        html_escape(by));
  }
  if (text.empty()) return "";
  return "<section><h2>Compute used</h2>\n<div "
         "class=\"scroll\"><table><thead><tr><th>row</th><th>runs</th>"
         "<th>iterations</th><th>tokens</th><th>generated</th><th>time a run</th><th "
         "class=\"left\">build</th>"
         "</tr></thead><tbody>\n" +
         text +
         "</tbody></table></div>\n<p class=\"small-print\">Means over runs; the "
         "base's pre-training is not counted.</p></section>\n";
}

}  // namespace rlreason::sweep
