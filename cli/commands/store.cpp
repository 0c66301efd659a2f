// rlreason store: the store as a file: check, ingest, migrate, snapshot, export, import, gc, sql.
#include "core/store/store.h"

#include <fmt/core.h>

#include <nlohmann/json.hpp>

#include "cli/command.h"
#include "cli/commands/store_sql.h"
#include "core/error.h"
#include "core/store/archive.h"
#include "core/store/check.h"
#include "core/store/filter.h"
#include "core/store/gc.h"
#include "core/store/snapshot.h"
#include "core/terminal/text.h"

namespace rlreason::cli {
namespace {

struct Options {
  std::string file, where;
  std::vector<std::string> runs;
  bool yes = false;
  SqlOptions sql;
};

void print(const nlohmann::json& document) {
  fmt::print("{}\n", document.dump(2, ' ', false, nlohmann::json::error_handler_t::replace));
}

std::string bytes_text(int64_t bytes) {
  return terminal::format_bytes(static_cast<uint64_t>(bytes));
}

void check(const Globals& globals) {
  const store::Store store = store::Store::open(globals.store, store::Mode::read_only);
  const store::CheckReport report = store::check_store(store, globals.runs_dir);
  nlohmann::json problems = nlohmann::json::array();
  for (const auto& problem : report.problems) {
    problems.push_back({{"kind", problem.kind}, {"what", problem.what}, {"mend", problem.mend}});
    if (!globals.json)
      fmt::print("{}: {}\n  mend: {}\n", problem.kind, terminal::clean(problem.what),
                 terminal::clean(problem.mend));
  }
  if (globals.json)
    print({{"problems", problems},
           {"damaged", report.damaged()},
           {"runs", report.runs},
           {"points", report.points},
           {"blobs", report.blobs}});
  else
    fmt::print("{} runs, {} points and {} blobs read; {}\n", report.runs, report.points,
               report.blobs,
               report.damaged()          ? "DAMAGED"
               : report.problems.empty() ? "all is well"
                                         : "the store is sound, see above");
  if (report.damaged()) throw StoreError("{}: damaged", globals.store.string());
}

void ingest(const Options& options, const Globals& globals) {
  store::Store store = store::Store::open(globals.store);
  nlohmann::json rows = nlohmann::json::array();
  for (const auto& directory : options.runs) {
    const auto report = store.ingest(directory);
    rows.push_back(
        {{"uid", report.run_uid}, {"records", report.records}, {"problems", report.problems}});
    if (globals.json) continue;
    fmt::print("{}: {} new records\n", terminal::clean(directory), report.records);
    for (const auto& problem : report.problems) fmt::print("  {}\n", terminal::clean(problem));
  }
  if (globals.json) print({{"runs", rows}});
}

void migrate(const Globals& globals) {
  const auto report = store::migrate_store(globals.store);
  if (globals.json)
    return print({{"from", report.from}, {"to", report.to}, {"copy", report.copy.string()}});
  if (report.from == report.to)
    fmt::print("{}: is of version {} already\n", terminal::clean(globals.store.string()),
               report.to);
  else
    fmt::print("{}: version {} is now {}{}\n", terminal::clean(globals.store.string()), report.from,
               report.to,
               report.copy.empty() ? "" : "; as it was: " + terminal::clean(report.copy.string()));
}

void snapshot(const Options& options, const Globals& globals) {
  const int64_t bytes = store::publish_snapshot(globals.store, options.file);
  if (globals.json) return print({{"file", options.file}, {"bytes", bytes}});
  fmt::print("{}: {}; readers elsewhere use it with --store\n", terminal::clean(options.file),
             bytes_text(bytes));
}

void export_runs(const Options& options, const Globals& globals) {
  const store::Store store = store::open_up_to_date(globals.store);
  std::set<std::string> uids;
  for (const auto& text : options.runs) uids.insert(store.find_run(text).uid);
  const bool all = options.runs.empty() && options.where.empty();
  if (all || !options.where.empty())
    for (const auto& row : store::only_matching(store, store.runs(), options.where))
      uids.insert(row.uid);
  const auto report = store::export_archive(store, uids, options.file);
  if (globals.json)
    return print({{"file", options.file},
                  {"runs", report.runs},
                  {"experiments", report.experiments},
                  {"reports", report.reports},
                  {"neutral", report.neutral},
                  {"bytes", report.bytes}});
  fmt::print("{}: {} runs, {} experiments, {} reports, {} neutral changes, {}\n",
             terminal::clean(options.file), report.runs, report.experiments, report.reports,
             report.neutral, bytes_text(report.bytes));
}

void import_file(const Options& options, const Globals& globals) {
  store::Store store = store::Store::open(globals.store);
  const auto report = store::import_archive(store, options.file);
  if (globals.json)
    return print({{"runs", report.runs},
                  {"attempts", report.attempts},
                  {"experiments", report.experiments},
                  {"reports", report.reports},
                  {"neutral", report.neutral},
                  {"conflicts", report.conflicts}});
  fmt::print(
      "{} new runs, {} new attempts, {} new experiments, {} new reports, {} new neutral changes\n",
      report.runs, report.attempts, report.experiments, report.reports, report.neutral);
  if (report.neutral > 0) fmt::print("read them: rlreason compare neutral\n");
  for (const auto& conflict : report.conflicts)
    fmt::print("conflict: {}\n", terminal::clean(conflict));
}

nlohmann::json gc_json(const store::GcPlan& plan, bool done) {
  nlohmann::json runs = nlohmann::json::array(), leftovers = nlohmann::json::array();
  for (const auto& run : plan.runs)
    runs.push_back({{"uid", run.row.uid},
                    {"directory", run.row.directory},
                    {"bytes", run.bytes},
                    {"kept_by", run.kept_by}});
  for (const auto& path : plan.leftovers) leftovers.push_back(path.string());
  return {{"runs", runs},
          {"leftovers", leftovers},
          {"unreferenced_blobs", plan.unreferenced_blobs},
          {"bytes", plan.bytes()},
          {"removed", done}};
}

void gc(const Options& options, const Globals& globals) {
  store::Store store = store::Store::open(globals.store);
  const store::GcPlan plan = store::plan_gc(store, options.where, globals.runs_dir);
  if (!globals.json) {
    for (const auto& run : plan.runs)
      fmt::print("{:>10}  {}{}\n", run.kept_by.empty() ? bytes_text(run.bytes) : "kept",
                 terminal::clean(run.row.directory),
                 run.kept_by.empty() ? "" : "  (by " + terminal::clean(run.kept_by) + ")");
    for (const auto& path : plan.leftovers)
      fmt::print("{:>10}  {}\n", "leftover", terminal::clean(path.string()));
    fmt::print("{} in all, with {} unreferenced blobs\n", bytes_text(plan.bytes()),
               plan.unreferenced_blobs);
  }
  if (options.yes) store::run_gc(store, plan);
  if (globals.json) return print(gc_json(plan, options.yes));
  fmt::print("{}\n", options.yes ? "removed" : "nothing was removed; --yes removes it");
}

const Register kEntry{
    "store", "look after the store: check, export, import, clean up, ask in SQL",
    [](CLI::App& app, const Globals& globals) -> Run {
      auto options = std::make_shared<Options>();
      app.require_subcommand(1);
      CLI::App* checked =
          app.add_subcommand("check", "is it sound, and does it agree with the run directories");
      CLI::App* ingested = app.add_subcommand("ingest", "take in run directories");
      ingested->add_option("DIR", options->runs, "run directories")->required();
      CLI::App* migrated = app.add_subcommand(
          "migrate", "bring an older store up to date; a copy of it is kept beside");
      CLI::App* published = app.add_subcommand(
          "snapshot", "write a copy for readers elsewhere; replaces the last one at once");
      published->add_option("FILE", options->file, "the copy")->required();
      CLI::App* exported =
          app.add_subcommand("export", "write chosen runs as one file for another store");
      exported->add_option("FILE", options->file, "the archive; must not exist")->required();
      exported->add_option("RUN", options->runs, "runs; none and no --where: all");
      exported->add_option("--where", options->where, "runs that fit ('rlreason runs --help')");
      CLI::App* imported =
          app.add_subcommand("import", "merge such a file; twice is the same as once");
      imported->add_option("FILE", options->file, "the archive")->required();
      CLI::App* cleaned =
          app.add_subcommand("gc", "say what may go and how large it is; --yes removes it");
      cleaned->add_option("--where", options->where,
                          "runs to remove unless a pin, a report, an experiment or another run "
                          "keeps them, e.g. 'state = "
                          "\"failed\"'; without it only leftovers and unreferenced rows go");
      cleaned->add_flag("--yes", options->yes, "remove");
      CLI::App* asked = app.add_subcommand("sql", "answer one SELECT; read-only");
      declare_sql(*asked, options->sql);
      return [=, &globals] {
        if (checked->parsed()) return check(globals);
        if (ingested->parsed()) return ingest(*options, globals);
        if (migrated->parsed()) return migrate(globals);
        if (published->parsed()) return snapshot(*options, globals);
        if (exported->parsed()) return export_runs(*options, globals);
        if (imported->parsed()) return import_file(*options, globals);
        if (cleaned->parsed()) return gc(*options, globals);
        answer_sql(options->sql, globals);
      };
    }};

}  // namespace
}  // namespace rlreason::cli
