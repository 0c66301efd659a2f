// rlreason compare neutral PROGRAM PROGRAM --reason TEXT: the ledger of changes of the program that do not matter to results.
#include <memory>
#include <nlohmann/json.hpp>

#include "cli/commands/compare_verbs.h"
#include "core/error.h"
#include "core/store/neutral.h"
#include "core/terminal/table.h"
#include "core/terminal/text.h"
#include "sweeps/experiment.h"

namespace rlreason::cli {
namespace {

using nlohmann::json;
using terminal::Align;

struct Options {
  std::vector<std::string> programs;
  std::string reason, author, undo;
};

json program_json(const store::Program& program) {
  return {{"source", program.source}, {"commit", program.commit}};
}

json row_json(const store::NeutralRow& row) {
  return {{"uid", row.uid},       {"a", program_json(row.a)}, {"b", program_json(row.b)},
          {"reason", row.reason}, {"author", row.author},     {"created_ms", row.created_ms}};
}

void print(const json& document) {
  fmt::print("{}\n", document.dump(2, ' ', false, json::error_handler_t::replace));
}

// Programs that count as one have one number; those that nothing joins have none.
std::vector<int64_t> classes(const std::vector<store::KnownProgram>& programs,
                             const store::NeutralChanges& changes) {
  std::vector<int64_t> numbers(programs.size(), 0);
  int64_t last = 0;
  for (size_t i = 0; i < programs.size(); ++i)
    for (size_t j = i + 1; j < programs.size(); ++j) {
      const store::Program &a = programs[i].program, &b = programs[j].program;
      const bool one =
          (!a.source.empty() && a.source == b.source) || !changes.between(a, b).empty();
      if (numbers[j] != 0 || !one) continue;
      if (numbers[i] == 0) numbers[i] = ++last;
      numbers[j] = numbers[i];
    }
  return numbers;
}

void list(const Globals& globals) {
  const store::Store store = store::Store::open(globals.store, store::Mode::read_only);
  const auto programs = store::known_programs(store);
  const store::NeutralChanges changes = store::neutral_changes(store);
  const std::vector<int64_t> numbers = classes(programs, changes);
  json all = {{"programs", json::array()}, {"entries", json::array()}};
  terminal::Table made({{.title = "commit"},
                        {.title = "sources"},
                        {.title = "runs", .align = Align::right},
                        {.title = "counts as", .align = Align::right},
                        {.title = ""}});
  for (size_t i = 0; i < programs.size(); ++i) {
    json one = program_json(programs[i].program);
    const bool own = programs[i].program == store::this_program();
    one["runs"] = programs[i].runs;
    one["class"] = numbers[i] == 0 ? json() : json(numbers[i]);
    one["this"] = own;
    all["programs"].push_back(std::move(one));
    made.add({programs[i].program.commit, programs[i].program.source,
              std::to_string(programs[i].runs),
              numbers[i] == 0 ? "" : fmt::format("[{}]", numbers[i]), own ? "this program" : ""});
  }
  terminal::Table entries(
      {{.title = "id"}, {.title = "between"}, {.title = "and"}, {.title = "reason"}});
  for (const store::NeutralRow& row : changes.rows()) {
    all["entries"].push_back(row_json(row));
    entries.add({row.uid, row.a.text(), row.b.text(),
                 row.reason + (row.author.empty() ? "" : " (" + row.author + ")")});
  }
  if (globals.json) return print(all);
  fmt::print("{}\n{}", made.text(),
             changes.rows().empty() ? "no change is declared neutral\n" : entries.text());
}

void undo(const Options& options, const Globals& globals) {
  store::Store store = store::Store::open(globals.store);
  std::vector<std::string> found;
  const store::NeutralChanges changes = store::neutral_changes(store);
  for (const store::NeutralRow& row : changes.rows())
    if (row.uid.starts_with(options.undo)) found.push_back(row.uid);
  if (found.size() != 1 || !store::remove_neutral(store, found.front()))
    throw UserError(
        "--undo: required the id of one neutral change or its beginning, '{}' came, which is that "
        "of {}; see 'rlreason compare neutral'",
        terminal::clean(options.undo), found.size());
  if (globals.json)
    print({{"removed", found.front()}});
  else
    fmt::print("removed {}\n", found.front());
}

void declare(const Options& options, const Globals& globals) {
  sweep::ingest_runs(globals.store, globals.runs_dir);
  store::Store store = store::Store::open(globals.store);
  store::NeutralRow row;
  row.a = store::find_program(store, options.programs[0]);
  row.b = store::find_program(store, options.programs[1]);
  row.reason = options.reason;
  row.author = options.author;
  row.uid = store::add_neutral(store, row);
  if (globals.json) return print(row_json(row));
  fmt::print("{} and {} count as one ({}); tables that rely on it print the reason\n",
             terminal::clean(row.a.text()), terminal::clean(row.b.text()), row.uid);
}

void run(const Options& options, const Globals& globals) {
  if (!options.undo.empty()) return undo(options, globals);
  if (options.programs.empty() && options.reason.empty()) return list(globals);
  if (options.programs.size() != 2 || options.reason.empty())
    throw UserError(
        "compare neutral: required two programs and --reason, {} program(s) and {} came; alone it "
        "lists the programs that made runs here",
        options.programs.size(), options.reason.empty() ? "no reason" : "a reason");
  declare(options, globals);
}

}  // namespace

CompareVerb add_compare_neutral(CLI::App& compare, const Globals& globals) {
  CLI::App* app = compare.add_subcommand(
      "neutral",
      "declare that nothing changed that matters between two programs, so that their runs are not "
      "stale and may stand in one table; alone: print programs and entries");
  auto options = std::make_shared<Options>();
  app->add_option("PROGRAM", options->programs,
                  "two of: digest of the sources, commit, digest of the binary, or a unique "
                  "beginning of one; or a version line in quotes. What is joined to one program is "
                  "joined to all that it is joined to");
  app->add_option("--reason", options->reason,
                  "why, for the footnote of every table that relies on it")
      ->type_name("TEXT");
  app->add_option("--author", options->author, "who says so");
  app->add_option("--undo", options->undo, "take an entry out again")->type_name("ID");
  return {app, [options, &globals] { run(*options, globals); }};
}

}  // namespace rlreason::cli
