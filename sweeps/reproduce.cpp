#include "sweeps/reproduce.h"

#include <fmt/core.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <set>

#include "core/embedded.h"
#include "core/error.h"
#include "core/registry.h"
#include "core/terminal/table.h"
#include "core/terminal/text.h"
#include "evaluators/suite.h"
#include "sweeps/compare/facts.h"

namespace rlreason::sweep {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;

PublishedTable chosen_table(const PublishedFile& file, const ReproduceRequest& request) {
  std::vector<std::string> names;
  for (const PublishedTable& table : file.tables) {
    names.push_back(table.name);
    if (request.table.empty() || table.name == request.table) {
      PublishedTable chosen = table;
      if (request.row.empty()) return chosen;
      std::erase_if(chosen.rows,
                    [&](const PublishedSystem& row) { return row.system != request.row; });
      if (!chosen.rows.empty()) return chosen;
      std::vector<std::string> systems;
      for (const PublishedSystem& row : table.rows) systems.push_back(row.system);
      throw UserError("--row: required a system of table '{}', '{}' came; did you mean '{}'?",
                      table.name, request.row, nearest(request.row, systems));
    }
  }
  throw UserError("--table: required one of {}, '{}' came; did you mean '{}'?",
                  fmt::join(names, ", "), request.table, nearest(request.table, names));
}

std::string quoted(const std::string& text) { return json(text).dump(); }

// One row a recipe: two published systems of one recipe differ in what a recipe does not hold (steps, data).
std::vector<PublishedSystem> with_recipes(const PublishedTable& table) {
  std::vector<PublishedSystem> rows;
  std::set<std::string> seen;
  for (const PublishedSystem& row : table.rows)
    if (!row.recipe.empty() && seen.insert(row.recipe).second) rows.push_back(row);
  return rows;
}

std::vector<std::string> known_suites(const PublishedTable& table) {
  std::vector<std::string> suites;
  for (const std::string& benchmark : table.benchmarks)
    if (embedded_file("evaluators/suites/" + benchmark + ".yaml")) suites.push_back(benchmark);
  return suites;
}

std::string plan_text(const Reproduction& r, const ReproduceRequest& request) {
  std::string text = fmt::format(
      "name: reproduce_{}_{}\nquestion: {}\nsetting: {}\nrecipes:\n", r.file.name, r.table.name,
      quoted(fmt::format("What {} says in {}, in the setting {}", r.file.source, r.table.locator,
                         request.setting)),
      request.setting);
  for (const PublishedSystem& row : r.ours)
    text += fmt::format("  - {{recipe: {}, label: {}}}\n", row.recipe, quoted(row.recipe));
  text += fmt::format("seeds: {}\ninclude_base: true\nbaseline: {}\n", request.seeds,
                      quoted(r.ours.front().recipe));
  if (r.on_paper_suites)
    text += fmt::format("evaluate: {{suites: [{}]}}\n", fmt::join(known_suites(r.table), ", "));
  return text;
}

void add_needs(const ReproduceRequest& request, Reproduction& r) {
  const bool weights =
      !request.weights.empty() && fs::exists(fs::path(request.weights) / "config.json");
  if (r.on_paper_suites) {
    r.needs.push_back({"weights of " + r.table.base_model, weights,
                       weights
                           ? request.weights
                           : "the Hugging Face checkpoint folder (config.json, model.safetensors, "
                             "tokenizer.json): --weights DIR"});
    r.needs.push_back(
        {"a setting for " + r.table.base_model, !request.setting.empty(),
         !request.setting.empty()
             ? request.setting
             : "a YAML with init.checkpoint, data and budget: --setting FILE; rlreason describe "
               "gsm8k shows one"});
    r.needs.push_back(
        {"training data " + r.file.trained_on.value_or("(the paper's)"), !request.setting.empty(),
         !request.setting.empty() ? "as the setting says"
                                  : "rlreason prepare-data parquet --from FILE --out DIR"});
    for (const std::string& benchmark : r.table.benchmarks) {
      if (!embedded_file("evaluators/suites/" + benchmark + ".yaml")) {
        r.needs.push_back({"suite " + benchmark, false, "no suite of that name is built in"});
        continue;
      }
      const std::string folder = eval::load_suite(benchmark).dataset;
      const bool there = folder.empty() || fs::exists(folder);
      r.needs.push_back({"suite " + benchmark, there,
                         there ? (folder.empty() ? "generated" : folder)
                               : fmt::format("rlreason prepare-data {} --from FILE --out {}",
                                             benchmark, folder)});
    }
  }
  for (const PublishedSystem& row : r.table.rows)
    if (row.recipe.empty())
      r.needs.push_back(
          {"row " + row.system, false,
           "no recipe of ours: its authors' checkpoint, then rlreason evaluate DIR --suite S"});
}

// Seconds of a run, by recipe, from finished runs in this setting.
std::optional<double> hours_here(const Reproduction& r, const ReproduceRequest& request,
                                 const store::Store& store) {
  double total = 0;
  for (const PublishedSystem& row : r.ours) {
    store::RunFilter filter;
    filter.kind = "train";
    filter.recipe = row.recipe;
    filter.setting = request.setting;
    filter.state = store::RunState::done;
    std::vector<double> seconds;
    for (const store::RunRow& run : store.runs(filter)) {
      if (seconds.size() >= 9) break;
      if (const auto used = compute_used(store.detail(run.uid)).seconds) seconds.push_back(*used);
    }
    if (seconds.empty()) return {};
    std::sort(seconds.begin(), seconds.end());
    total += seconds[seconds.size() / 2] * static_cast<double>(request.seeds);
  }
  return total / 3600;
}

}  // namespace

bool Reproduction::complete() const {
  return std::all_of(needs.begin(), needs.end(),
                     [](const Need& need) { return need.there || need.what.starts_with("row "); });
}

Reproduction plan_reproduction(const ReproduceRequest& request, const store::Store* store) {
  Reproduction r;
  r.file = load_published(request.paper);
  r.table = chosen_table(r.file, request);
  r.ours = with_recipes(r.table);
  // The tiny track has its own tasks: the paper's question on them, not the paper's numbers.
  r.on_paper_suites = !request.setting.starts_with("tiny");
  add_needs(request, r);
  if (!request.setting.empty() && !r.ours.empty()) {
    r.plan_text = plan_text(r, request);
    if (store != nullptr) r.hours_here = hours_here(r, request, *store);
  }
  return r;
}

std::string render(const Reproduction& r) {
  using terminal::Align;
  std::string text =
      fmt::format("{}{}: {}, {}\n\n", r.file.source, r.file.title ? ", " + *r.file.title : "",
                  r.table.locator, r.table.base_model);
  std::vector<terminal::Column> columns{{.title = "published"}, {.title = "recipe"}};
  for (const std::string& benchmark : r.table.benchmarks)
    columns.push_back({.title = benchmark, .align = Align::right});
  columns.push_back({.title = "average", .align = Align::right});
  columns.push_back({.title = "GPU hours", .align = Align::right});
  terminal::Table rows(columns);
  for (const PublishedSystem& row : r.table.rows) {
    std::vector<std::string> cells{row.system, row.recipe.empty() ? "-" : row.recipe};
    for (const auto& value : row.values)
      cells.push_back(value ? fmt::format("{:.1f}", *value) : "-");
    cells.push_back(row.average ? fmt::format("{:.1f}", *row.average) : "-");
    cells.push_back(row.gpu_hours ? fmt::format("{:.0f}", *row.gpu_hours) : "not said");
    rows.add(cells);
  }
  text += rows.text();
  if (!r.needs.empty()) {
    terminal::Table needs({{.title = "needs"}, {.title = "there"}, {.title = "how"}});
    for (const Need& need : r.needs)
      needs.add({need.what, need.there ? "yes" : "MISSING", need.how});
    text += "\n" + needs.text();
  }
  if (!r.plan_text.empty()) text += "\nplan:\n" + r.plan_text;
  if (!r.on_paper_suites)
    text +=
        "\nThis setting has its own tasks: it answers the paper's question there, not its "
        "numbers.\n";
  if (r.hours_here)
    text += fmt::format("\ncost here: about {} of run time, from past runs of these recipes\n",
                        terminal::format_duration(*r.hours_here * 3600));
  return terminal::clean(text, terminal::Lines::keep);
}

json to_json(const Reproduction& r) {
  json result = {{"source", r.file.source},
                 {"table", r.table.name},
                 {"locator", r.table.locator},
                 {"base_model", r.table.base_model},
                 {"benchmarks", r.table.benchmarks},
                 {"rows", json::array()},
                 {"needs", json::array()},
                 {"complete", r.complete()},
                 {"plan", r.plan_text},
                 {"hours_here", r.hours_here ? json(*r.hours_here) : json()}};
  for (const PublishedSystem& row : r.table.rows) {
    json values = json::array();
    for (const auto& value : row.values) values.push_back(value ? json(*value) : json());
    result["rows"].push_back({{"system", row.system},
                              {"recipe", row.recipe},
                              {"values", values},
                              {"gpu_hours", row.gpu_hours ? json(*row.gpu_hours) : json()}});
  }
  for (const Need& need : r.needs)
    result["needs"].push_back({{"what", need.what}, {"there", need.there}, {"how", need.how}});
  return result;
}

}  // namespace rlreason::sweep
