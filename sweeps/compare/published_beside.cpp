// Published numbers beside ours: protocol scores, the pairing by recipe, the table.
#include <fmt/core.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>
#include <map>

#include "core/terminal/table.h"
#include "core/terminal/text.h"
#include "sweeps/compare/metric.h"
#include "sweeps/compare/published.h"

namespace rlreason::sweep {
namespace {

using nlohmann::json;

// Ours under the paper's field names; top_p and template have the values that mean "none" when the protocol leaves them out.
json our_fields(const json& protocol, int64_t samples) {
  json ours = {{"k", samples},
               {"temperature", protocol.value("temperature", json())},
               {"top_p", protocol.value("top_p", json(1.0))},
               {"max_tokens", protocol.value("max_new_tokens", json())},
               {"template", protocol.value("prompt_template", json(""))}};
  const json verifiers = protocol.value("verifiers", json::array());
  std::string grader =
      verifiers.size() == 1 && verifiers[0].is_string() ? verifiers[0].get<std::string>() : "";
  ours["grader"] = grader.substr(0, grader.find('@'));
  return ours;
}

std::string text(const json& value) {
  return value.is_string() ? value.get<std::string>() : value.dump();
}

bool equal(const json& a, const json& b) {
  if (a.is_number() && b.is_number()) return std::abs(a.get<double>() - b.get<double>()) < 1e-9;
  return a == b;
}

// Means over seeds of a suite in one of our rows, in points.
MeanInterval our_value(const ComparisonInput& ours, const std::string& row,
                       const std::string& suite) {
  std::vector<double> values;
  for (const CellFacts& cell : ours.cells) {
    const auto found = cell.suites.find(suite);
    if (cell.row != row || found == cell.suites.end() || found->second.items.empty()) continue;
    if (const auto value = metric_value({.suite = suite, .k = 0, .flag = ""}, found->second))
      values.push_back(100 * *value);
  }
  return mean_interval(values);
}

std::string points(const MeanInterval& value) {
  if (value.n == 0) return "-";
  return value.half_width ? fmt::format("{:.1f} ± {:.1f}", value.mean, *value.half_width)
                          : fmt::format("{:.1f}", value.mean);
}

std::string difference(const BesideOurs& row) {
  if (row.ours.n == 0 || !row.row.value) return "-";
  const double d = row.ours.mean - *row.row.value;
  return row.ours.half_width ? fmt::format("{:+.1f} ± {:.1f}", d, *row.ours.half_width)
                             : fmt::format("{:+.1f}", d);
}

// The paper's own tables.
std::string printed_tables(const PublishedFile& file, bool markdown) {
  std::string text;
  for (const PublishedTable& table : file.tables) {
    std::vector<terminal::Column> columns{{.title = "system"}, {.title = "recipe"}};
    for (size_t b = 0; b < table.benchmarks.size(); ++b)
      columns.push_back({.title = table.k[b]
                                      ? fmt::format("{} (k {})", table.benchmarks[b], *table.k[b])
                                      : table.benchmarks[b],
                         .align = terminal::Align::right});
    columns.push_back({.title = "average", .align = terminal::Align::right});
    columns.push_back({.title = "note"});
    terminal::Table shown(columns);
    for (const PublishedSystem& row : table.rows) {
      std::vector<std::string> cells{row.system, row.recipe.empty() ? "-" : row.recipe};
      for (const auto& value : row.values)
        cells.push_back(value ? fmt::format("{:.1f}", *value) : "-");
      cells.push_back(row.average ? fmt::format("{:.1f}", *row.average) : "-");
      cells.push_back(row.note);
      shown.add(cells);
    }
    text += fmt::format("\n{}, {}\n{}{}", terminal::clean(table.locator),
                        terminal::clean(table.base_model), markdown ? "\n" : "",
                        markdown ? shown.markdown() : shown.text());
  }
  return text;
}

}  // namespace

std::string ProtocolScore::words() const {
  std::string text = fmt::format("{} same, {} differ", same, differ);
  if (!differing.empty()) text += fmt::format(" ({})", fmt::join(differing, "; "));
  return text + fmt::format(", {} unstated", unstated);
}

ProtocolScore protocol_score(const store::PublishedRow& row, const json& our_protocol,
                             int64_t our_samples) {
  ProtocolScore score;
  const json ours = our_fields(our_protocol, our_samples);
  json theirs = row.protocol;
  theirs["k"] = row.k > 0 ? json(row.k) : json();
  for (const char* name : {"k", "temperature", "top_p", "max_tokens", "grader", "template"}) {
    const json their = theirs.value(name, json()), our = ours.value(name, json());
    if (their.is_null()) {
      ++score.unstated;
    } else if (equal(their, our)) {
      ++score.same;
    } else {
      ++score.differ;
      score.differing.push_back(
          fmt::format("{}: {}, ours {}", name, text(their), our.is_null() ? "unknown" : text(our)));
    }
  }
  return score;
}

std::vector<BesideOurs> beside(const PublishedFile& file, const ComparisonInput& ours) {
  std::map<std::string, std::string> row_of;  // recipe -> our row, the first of it
  for (const CellFacts& cell : ours.cells)
    if (cell.training) row_of.emplace(cell.training->recipe, cell.row);
  std::map<std::pair<std::string, std::string>, std::string>
      recipes;  // (locator, system) -> recipe
  for (const PublishedTable& table : file.tables)
    for (const PublishedSystem& system : table.rows)
      recipes[{table.locator, system.system}] = system.recipe;
  std::vector<BesideOurs> all;
  for (store::PublishedRow& row : to_rows(file)) {
    BesideOurs pair{.row = std::move(row), .our_row = "", .ours = {}, .score = {}};
    const auto mine = row_of.find(recipes[{pair.row.locator, pair.row.system}]);
    if (mine != row_of.end()) {
      pair.ours = our_value(ours, mine->second, pair.row.benchmark);
      if (pair.ours.n > 0) pair.our_row = mine->second;
    }
    for (const CellFacts& cell : ours.cells) {
      if (pair.our_row.empty() || cell.row != pair.our_row || pair.score) continue;
      const auto found = cell.suites.find(pair.row.benchmark);
      if (found == cell.suites.end() || found->second.items.empty()) continue;
      pair.score = protocol_score(pair.row, found->second.row.protocol,
                                  static_cast<int64_t>(found->second.items.front().samples.size()));
    }
    all.push_back(std::move(pair));
  }
  return all;
}

std::string render(const PublishedFile& file, const std::vector<BesideOurs>& rows, bool markdown) {
  using terminal::Align;
  std::string text = terminal::clean(
      fmt::format("{}{}{}\n{}\n", file.source, file.title ? ", " : "", file.title.value_or(""),
                  file.checked_by ? "checked by " + *file.checked_by
                                  : "nobody has checked these numbers against the source yet"),
      terminal::Lines::keep);
  const bool any_ours =
      std::any_of(rows.begin(), rows.end(), [](auto& row) { return row.ours.n > 0; });
  if (!any_ours) return text + printed_tables(file, markdown);
  std::string locator;
  std::optional<terminal::Table> table;
  const auto flush = [&] {
    if (table)
      text += "\n" + terminal::clean(locator) + "\n" +
              (markdown ? "\n" + table->markdown() : table->text());
  };
  for (const BesideOurs& row : rows) {
    const std::string place = fmt::format("{}, {}", row.row.locator, row.row.base_model);
    if (place != locator) {
      flush();
      locator = place;
      table.emplace(std::vector<terminal::Column>{{.title = "system"},
                                                  {.title = "benchmark"},
                                                  {.title = "k", .align = Align::right},
                                                  {.title = "published", .align = Align::right},
                                                  {.title = "ours", .align = Align::right},
                                                  {.title = "difference", .align = Align::right},
                                                  {.title = "protocol"}});
    }
    table->add({row.row.system, row.row.benchmark, row.row.k > 0 ? std::to_string(row.row.k) : "?",
                row.row.value ? fmt::format("{:.1f}", *row.row.value) : "-", points(row.ours),
                difference(row), row.score ? row.score->words() : "-"});
  }
  flush();
  return text;
}

json to_json(const PublishedFile& file, const std::vector<BesideOurs>& rows) {
  json result = {{"source", file.source},
                 {"digest", file.digest},
                 {"checked_by", file.checked_by ? json(*file.checked_by) : json()},
                 {"rows", json::array()}};
  for (const BesideOurs& row : rows) {
    json one = {{"locator", row.row.locator},
                {"system", row.row.system},
                {"base_model", row.row.base_model},
                {"benchmark", row.row.benchmark},
                {"metric", row.row.metric},
                {"k", row.row.k > 0 ? json(row.row.k) : json()},
                {"published", row.row.value ? json(*row.row.value) : json()},
                {"protocol", row.row.protocol}};
    if (row.ours.n > 0)
      one["ours"] = {{"row", row.our_row},
                     {"n", row.ours.n},
                     {"mean", row.ours.mean},
                     {"half_width", row.ours.half_width ? json(*row.ours.half_width) : json()}};
    if (row.score)
      one["protocol_score"] = {{"same", row.score->same},
                               {"differ", row.score->differ},
                               {"unstated", row.score->unstated},
                               {"differing", row.score->differing}};
    result["rows"].push_back(one);
  }
  return result;
}

}  // namespace rlreason::sweep
