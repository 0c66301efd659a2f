// rlreason compare verify FILE...: are exported tables still what their reports and the store say?
#include <memory>
#include <nlohmann/json.hpp>

#include "cli/commands/compare_verbs.h"
#include "core/error.h"
#include "core/store/store.h"
#include "core/terminal/text.h"
#include "sweeps/compare/verify.h"
#include "sweeps/experiment.h"

namespace rlreason::cli {
namespace {

using nlohmann::json;
using sweep::TableState;
using sweep::VerifiedTable;

json table_json(const VerifiedTable& table) {
  json result = {{"file", table.file.string()},
                 {"report", table.report},
                 {"runs", table.runs},
                 {"state", sweep::to_string(table.state())},
                 {"problems", json::array()}};
  for (const sweep::TableProblem& problem : table.problems)
    result["problems"].push_back(
        {{"state", sweep::to_string(problem.state)}, {"sentence", problem.sentence}});
  return result;
}

void print(const VerifiedTable& table, size_t width) {
  const std::string name = terminal::pad_right(terminal::clean(table.file.string()), width);
  if (table.problems.empty())
    fmt::print("{}  ok       report {}, {} runs\n", name, table.report, table.runs);
  for (const sweep::TableProblem& problem : table.problems)
    fmt::print("{}  {:<7}  {}\n", name, sweep::to_string(problem.state),
               terminal::clean(problem.sentence));
}

void run(const std::vector<std::string>& files, const Globals& globals) {
  sweep::ingest_runs(globals.store, globals.runs_dir);
  const store::Store store = store::Store::open(globals.store, store::Mode::read_only);
  std::vector<VerifiedTable> tables;
  for (const std::string& file : files)
    for (VerifiedTable& table : sweep::verify_file(store, file)) tables.push_back(std::move(table));
  size_t width = 0, wrong = 0;
  json all = json::array();
  for (const VerifiedTable& table : tables) {
    width = std::max(width, terminal::display_width(terminal::clean(table.file.string())));
    wrong += !table.problems.empty();
    all.push_back(table_json(table));
  }
  if (globals.json)
    fmt::print("{}\n", all.dump(2, ' ', false, json::error_handler_t::replace));
  else
    for (const VerifiedTable& table : tables) print(table, width);
  if (wrong > 0)
    throw RefusedError(
        "compare verify: required tables as exported, {} of {} are not; export again", wrong,
        tables.size());
}

}  // namespace

CompareVerb add_compare_verify(CLI::App& compare, const Globals& globals) {
  CLI::App* app = compare.add_subcommand(
      "verify",
      "are exported tables still what their reports and the store say (ok, STALE, EDITED)");
  auto files = std::make_shared<std::vector<std::string>>();
  app->add_option("FILE", *files, "tables exported with --output: LaTeX, Markdown, CSV, JSON, HTML")
      ->required();
  return {app, [files, &globals] { run(*files, globals); }};
}

}  // namespace rlreason::cli
