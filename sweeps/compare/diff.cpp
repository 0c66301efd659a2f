#include "sweeps/compare/diff.h"

#include <fmt/core.h>

#include <algorithm>
#include <map>
#include <set>

#include "core/error.h"
#include "core/terminal/table.h"
#include "core/terminal/text.h"
#include "sweeps/compare/words.h"

namespace rlreason::sweep {
namespace {

using nlohmann::json;

CellFacts cell_of(const store::Store& store, const std::string& name) {
  ComparisonInput input = read_runs(store, {name}, {});
  return std::move(input.cells.front());
}

// The run that the configuration is of: the training when there is one.
const store::RunDetail& run_of(const CellFacts& cell) {
  return cell.trained ? *cell.trained : *cell.evaluated;
}

std::string machine_of(const store::RunDetail& run) {
  std::set<std::string> all;
  for (const store::AttemptRow& attempt : run.attempts)
    all.insert(fmt::format("{}, {} thread{}", attempt.host, attempt.threads,
                           attempt.threads == 1 ? "" : "s"));
  std::string text;
  for (const std::string& one : all) text += (text.empty() ? "" : "; ") + one;
  return text;
}

void add_producers(const store::RunDetail& a, const store::RunDetail& b, RunDiff& diff) {
  std::map<std::string, SideBySide> roles;
  // As a path from the folder of the first, so that one that was set aside names the same data in the same words.
  const auto from = std::filesystem::path(a.row.directory).parent_path();
  const auto place = [&](const store::RunDetail& run, const store::ProducerRow& producer) {
    const auto made_in = store::made_in(run.row, producer);
    return made_in.is_absolute() ? made_in.lexically_relative(from).string() : producer.path;
  };
  for (const store::ProducerRow& producer : a.producers)
    roles[producer.role].a = place(a, producer);
  for (const store::ProducerRow& producer : b.producers)
    roles[producer.role].b = place(b, producer);
  for (auto& [role, side] : roles) {
    side.what = role.starts_with("dataset:") ? "data " + role.substr(8) : role;
    diff.facts.push_back(side);
  }
}

void add_outcomes(const CellFacts& a, const CellFacts& b, RunDiff& diff) {
  for (const auto& [suite, mine] : a.suites) {
    const auto other = b.suites.find(suite);
    if (other == b.suites.end()) continue;
    std::map<std::string, eval::ItemResults> by_id;
    for (eval::ItemResults& item : eval::item_results(other->second))
      by_id[item.id] = std::move(item);
    std::vector<eval::ItemResults> left, right;
    for (eval::ItemResults& item : eval::item_results(mine)) {
      const auto found = by_id.find(item.id);
      if (found == by_id.end()) continue;
      right.push_back(found->second);
      left.push_back(std::move(item));
    }
    if (left.empty()) continue;
    SuiteOutcome outcome;
    outcome.suite = suite;
    outcome.paired = eval::compare_items(right, left);
    const std::vector<double> before = eval::item_means(left), after = eval::item_means(right);
    for (size_t i = 0; i < before.size(); ++i) {
      outcome.lost += after[i] < before[i];
      outcome.won += after[i] > before[i];
    }
    outcome.equal_protocols = mine.row.key.protocol_digest == other->second.row.key.protocol_digest;
    diff.outcomes.push_back(std::move(outcome));
  }
}

std::string outcome_line(const SuiteOutcome& outcome) {
  const eval::PairedComparison& p = outcome.paired;
  return fmt::format("{} items paired: {} lost, {} won, {} p {}{}", p.items, outcome.lost,
                     outcome.won, p.mcnemar ? "McNemar" : "sign flip", format_p(p.p),
                     outcome.equal_protocols ? "" : "; under ANOTHER PROTOCOL");
}

}  // namespace

RunDiff diff_runs(const store::Store& store, const std::string& a, const std::string& b) {
  const CellFacts mine = cell_of(store, a), theirs = cell_of(store, b);
  const store::RunDetail &left = run_of(mine), &right = run_of(theirs);
  RunDiff diff;
  diff.a = left.row.name;
  diff.b = right.row.name;
  diff.config = config_difference(left.config, right.config);
  diff.facts.push_back({"recipe", left.row.recipe, right.row.recipe});
  diff.facts.push_back({"setting", left.row.setting, right.row.setting});
  diff.facts.push_back({"seed", std::to_string(left.row.seed), std::to_string(right.row.seed)});
  diff.facts.push_back({"program", left.build, right.build});
  if (!mine.trained_source.empty() && !theirs.trained_source.empty())
    diff.facts.push_back(
        {"sources", mine.trained_source.substr(0, 12), theirs.trained_source.substr(0, 12)});
  add_producers(left, right, diff);
  diff.facts.push_back({"machine", machine_of(left), machine_of(right)});
  add_outcomes(mine, theirs, diff);
  return diff;
}

std::string render(const RunDiff& diff) {
  using terminal::Align;
  terminal::Table config(
      {{.title = "path"}, {.title = diff.a, .widest = 40}, {.title = diff.b, .widest = 40}});
  for (const PathDifference& d : diff.config)
    config.add({d.path, shown_value(d.a), shown_value(d.b)});
  std::string text = diff.config.empty() ? "configuration: the same\n" : config.text();
  terminal::Table facts(
      {{.title = "fact"}, {.title = diff.a, .widest = 60}, {.title = diff.b, .widest = 60}});
  for (const SideBySide& fact : diff.facts)
    facts.add({fact.what, fact.a, fact.same() ? "same" : fact.b});
  text += "\n" + facts.text();
  if (diff.outcomes.empty())
    return text + "\nno suite on which both were evaluated; rlreason evaluate RUN --suite S\n";
  terminal::Table outcomes({{.title = "suite"},
                            {.title = "first", .align = Align::right},
                            {.title = "second", .align = Align::right},
                            {.title = "change", .align = Align::right},
                            {.title = "items"}});
  for (const SuiteOutcome& outcome : diff.outcomes) {
    const eval::PairedComparison& p = outcome.paired;
    outcomes.add({outcome.suite, fmt::format("{:.3f}", p.mean_b), fmt::format("{:.3f}", p.mean_a),
                  fmt::format("{:+.3f} [{:+.3f}, {:+.3f}]", p.difference.value, p.difference.low,
                              p.difference.high),
                  outcome_line(outcome)});
  }
  return text + "\n" + outcomes.text();
}

json to_json(const RunDiff& diff) {
  json result = {{"a", diff.a},
                 {"b", diff.b},
                 {"config", json::array()},
                 {"facts", json::array()},
                 {"outcomes", json::array()}};
  for (const PathDifference& d : diff.config)
    result["config"].push_back({{"path", d.path},
                                {"a", d.a ? *d.a : json()},
                                {"b", d.b ? *d.b : json()},
                                {"in_a", d.a.has_value()},
                                {"in_b", d.b.has_value()}});
  for (const SideBySide& fact : diff.facts)
    result["facts"].push_back(
        {{"what", fact.what}, {"a", fact.a}, {"b", fact.b}, {"same", fact.same()}});
  for (const SuiteOutcome& o : diff.outcomes) {
    const eval::PairedComparison& p = o.paired;
    result["outcomes"].push_back({{"suite", o.suite},
                                  {"items", p.items},
                                  {"a", p.mean_b},
                                  {"b", p.mean_a},
                                  {"change", p.difference.value},
                                  {"low", p.difference.low},
                                  {"high", p.difference.high},
                                  {"lost", o.lost},
                                  {"won", o.won},
                                  {"p", p.p},
                                  {"test", p.mcnemar ? "mcnemar" : "sign_flip"},
                                  {"equal_protocols", o.equal_protocols}});
  }
  return result;
}

}  // namespace rlreason::sweep
