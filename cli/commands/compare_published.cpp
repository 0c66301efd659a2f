// rlreason compare published [PAPER [PLAN|RUN...]]: numbers of a paper, ours beside them with a protocol score.
#include <memory>
#include <nlohmann/json.hpp>

#include "cli/commands/compare_verbs.h"
#include "core/error.h"
#include "core/store/published.h"
#include "core/store/store.h"
#include "sweeps/compare/published.h"
#include "sweeps/compare/question.h"
#include "sweeps/experiment.h"

namespace rlreason::cli {
namespace {

using nlohmann::json;

struct Options {
  std::string paper;
  std::vector<std::string> ours;
  bool markdown = false;
};

void list(const Globals& globals) {
  json all = json::array();
  for (const std::string& name : sweep::published_names()) {
    const sweep::PublishedFile file = sweep::load_published(name);
    all.push_back({{"name", name},
                   {"source", file.source},
                   {"tables", file.tables.size()},
                   {"numbers", sweep::to_rows(file).size()}});
    if (!globals.json)
      fmt::print("{:<14} {:<18} {} tables, {} numbers\n", name, file.source, file.tables.size(),
                 sweep::to_rows(file).size());
  }
  if (globals.json) fmt::print("{}\n", all.dump(2));
}

void run(const Options& options, const Globals& globals) {
  if (options.paper.empty()) return list(globals);
  const sweep::PublishedFile file = sweep::load_published(options.paper);
  sweep::ComparisonInput ours;
  {
    store::Store store = store::Store::open(globals.store);
    store::put_published(store, sweep::to_rows(file));
  }
  if (!options.ours.empty()) {
    sweep::ingest_runs(globals.store, globals.runs_dir);
    const store::Store store = store::Store::open(globals.store, store::Mode::read_only);
    sweep::Question question;
    question.what = options.ours;
    question.complete();
    ours = sweep::read_question(store, question);
  }
  const auto rows = sweep::beside(file, ours);
  if (globals.json)
    fmt::print("{}\n",
               sweep::to_json(file, rows).dump(2, ' ', false, json::error_handler_t::replace));
  else
    fmt::print("{}", sweep::render(file, rows, options.markdown));
}

}  // namespace

CompareVerb add_compare_published(CLI::App& compare, const Globals& globals) {
  CLI::App* app = compare.add_subcommand("published",
                                         "a paper's numbers, with ours beside them and how the "
                                         "protocols agree; alone: list the papers");
  auto options = std::make_shared<Options>();
  app->add_option("PAPER", options->paper, "a built-in paper's name, or a YAML file");
  app->add_option("PLAN|RUN", options->ours, "ours: a plan or runs; rows pair by recipe and suite");
  app->add_flag("--markdown", options->markdown, "tables in Markdown");
  return {app, [options, &globals] { run(*options, globals); }};
}

}  // namespace rlreason::cli
