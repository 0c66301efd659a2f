// rlreason compare invalidate --where CONDITION --reason TEXT: the ledger of results that tables refuse.
#include <memory>
#include <nlohmann/json.hpp>

#include "cli/commands/compare_verbs.h"
#include "core/error.h"
#include "core/store/filter.h"
#include "core/store/invalidations.h"
#include "core/terminal/table.h"
#include "core/terminal/text.h"
#include "sweeps/experiment.h"

namespace rlreason::cli {
namespace {

using nlohmann::json;

struct Options {
  std::string where, reason, fixed_by, undo;
  bool dry_run = false;
};

json row_json(const store::InvalidationRow& row) {
  return {{"uid", row.uid},           {"selector", row.selector}, {"reason", row.reason},
          {"fixed_by", row.fixed_by}, {"runs", row.runs},         {"created_ms", row.created_ms}};
}

void list(const Globals& globals) {
  const store::Store store = store::Store::open(globals.store, store::Mode::read_only);
  const auto rows = store::invalidations(store);
  if (globals.json) {
    json all = json::array();
    for (const auto& row : rows) all.push_back(row_json(row));
    fmt::print("{}\n", all.dump(2, ' ', false, json::error_handler_t::replace));
    return;
  }
  if (rows.empty()) fmt::print("no run is invalidated\n");
  terminal::Table table({{.title = "id"},
                         {.title = "runs", .align = terminal::Align::right},
                         {.title = "where"},
                         {.title = "reason"}});
  for (const auto& row : rows)
    table.add({row.uid, std::to_string(row.runs.size()), row.selector, row.reason});
  if (!rows.empty()) fmt::print("{}", table.text());
}

void undo(const Options& options, const Globals& globals) {
  store::Store store = store::Store::open(globals.store);
  if (!store::remove_invalidation(store, options.undo))
    throw UserError(
        "--undo: required the id of an invalidation, '{}' came; see 'rlreason compare invalidate'",
        options.undo);
  if (globals.json)
    fmt::print("{}\n", json{{"removed", options.undo}}.dump());
  else
    fmt::print("removed {}\n", options.undo);
}

void invalidate(const Options& options, const Globals& globals) {
  sweep::ingest_runs(globals.store, globals.runs_dir);
  store::Store store = store::Store::open(globals.store);
  store::InvalidationRow row;
  row.selector = options.where;
  row.reason = options.reason;
  row.fixed_by = options.fixed_by;
  std::string names;
  for (const store::RunRow& run : store::only_matching(store, store.runs(), options.where)) {
    row.runs.push_back(run.uid);
    names += "  " + terminal::clean(run.name) + "\n";
  }
  if (row.runs.empty())
    throw UserError("--where: required a condition that chooses runs, '{}' chooses none",
                    options.where);
  if (!options.dry_run) row.uid = store::add_invalidation(store, row);
  if (globals.json)
    fmt::print("{}\n", row_json(row).dump(2, ' ', false, json::error_handler_t::replace));
  else
    fmt::print(
        "{} run{}{}:\n{}", row.runs.size(), row.runs.size() == 1 ? "" : "s",
        options.dry_run ? " would be invalidated" : fmt::format(" invalidated ({})", row.uid),
        names);
}

void run(const Options& options, const Globals& globals) {
  if (!options.undo.empty()) return undo(options, globals);
  if (options.where.empty() && options.reason.empty()) return list(globals);
  if (options.where.empty() || options.reason.empty())
    throw UserError("compare invalidate: required --where and --reason, one came");
  invalidate(options, globals);
}

}  // namespace

CompareVerb add_compare_invalidate(CLI::App& compare, const Globals& globals) {
  CLI::App* app = compare.add_subcommand(
      "invalidate",
      "put runs into the ledger of wrong results, which tables refuse; alone: print it");
  auto options = std::make_shared<Options>();
  app->add_option("--where", options->where,
                  "a filter as in 'rlreason runs --where': recipe = \"luffy\" and commit = "
                  "\"3f9c2e1d00\", created < "
                  "\"2026-11-21\", update.lr > 0.001, ...")
      ->type_name("FILTER");
  app->add_option("--reason", options->reason, "what is wrong, for the refusal")->type_name("TEXT");
  app->add_option("--fixed-by", options->fixed_by, "commit that mends it")->type_name("COMMIT");
  app->add_option("--undo", options->undo, "take an entry out again")->type_name("ID");
  app->add_flag("--dry-run", options->dry_run, "print which runs; change nothing");
  return {app, [options, &globals] { run(*options, globals); }};
}

}  // namespace rlreason::cli
