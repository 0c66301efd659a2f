#include "cli/commands/evaluate_responses.h"

#include <fmt/core.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <thread>

#include "cli/commands/suite_tables.h"
#include "core/error.h"
#include "core/store/store.h"
#include "core/terminal/progress.h"
#include "core/terminal/text.h"
#include "evaluators/agreement.h"
#include "sweeps/responses_run.h"

namespace rlreason::cli {
namespace {

using nlohmann::json;

void require_alone(const ResponsesOptions& options, const std::string& target,
                   const std::vector<std::string>& suites) {
  if (!target.empty())
    throw UserError(
        "evaluate: required a checkpoint or --responses, both came ('{}'); leave one out", target);
  if (suites.size() != 1)
    throw UserError("evaluate --responses: required one --suite NAME, {} came", suites.size());
  if (options.system.empty())
    throw UserError("evaluate --responses: required --system NAME, the name in tables; none came");
}

sweep::PublishedRun grade(const ResponsesOptions& options, const std::string& suite,
                          const Globals& globals, store::Store& store) {
  sweep::ResponsesRequest request;
  request.file = options.file;
  request.suite = suite;
  request.system = options.system;
  request.verifier = options.verifier;
  request.redo_invalid = options.redo_invalid;
  request.shape.map = eval::parse_response_map(options.map);
  request.shape.gold_after = options.gold_after;
  request.threads = std::max(1u, std::thread::hardware_concurrency());
  std::unique_ptr<terminal::Progress> progress;
  request.progress = [&](size_t done, size_t total) {
    if (!progress) {
      terminal::ProgressOptions how;
      how.total = total;
      how.quiet = globals.quiet;
      progress = std::make_unique<terminal::Progress>("grading", how);
    }
    progress->update(done);
  };
  sweep::PublishedRun run = sweep::store_responses(request, globals.runs_dir, store);
  if (progress) progress->finish("done");
  return run;
}

}  // namespace

std::shared_ptr<ResponsesOptions> add_responses_options(CLI::App& app) {
  auto options = std::make_shared<ResponsesOptions>();
  app.add_option("--responses", options->file,
                 "grade responses made elsewhere: JSONL, JSON array, zip or Parquet")
      ->group("Responses made elsewhere");
  app.add_option("--system", options->system, "who made them: the name in tables")
      ->group("Responses made elsewhere");
  app.add_option("--map", options->map,
                 "FIELD=PATH where the file has another shape: id, gold, responses, choices, "
                 "category, verdicts, answers, "
                 "scores; id=#number numbers the records")
      ->group("Responses made elsewhere");
  app.add_option("--gold-after", options->gold_after,
                 "the gold is what follows the last of these marks, e.g. '####'")
      ->group("Responses made elsewhere");
  app.add_option("--verifier", options->verifier, "who judges them ('rlreason describe verifiers')")
      ->group("Responses made elsewhere");
  return options;
}

void evaluate_responses(const ResponsesOptions& options, const std::string& target,
                        const std::vector<std::string>& suites, const Globals& globals) {
  require_alone(options, target, suites);
  store::Store store = store::Store::open(globals.store);
  const sweep::PublishedRun run = grade(options, suites.front(), globals, store);
  const std::vector<store::EvalFacts> all = store.all_facts(run.uid);
  json document = {{"run", run.directory.filename().string()},
                   {"run_dir", run.directory.string()},
                   {"system", options.system},
                   {"reused", run.reused},
                   {"suites", json::array()}};
  for (const store::EvalFacts& facts : all) {
    json suite = eval::to_json(eval::suite_report(facts.row.key.suite, eval::item_results(facts)));
    const eval::Agreement agreement = eval::agreement_with_given(facts);
    if (agreement.count() > 0) suite["agreement"] = eval::to_json(agreement);
    document["suites"].push_back(std::move(suite));
    if (globals.json) continue;
    fmt::print("{}",
               report_text(eval::suite_report(facts.row.key.suite, eval::item_results(facts))));
    if (agreement.count() > 0) fmt::print("\n{}", agreement_text(agreement, "the file's verdicts"));
  }
  if (globals.json)
    return fmt::print("{}\n", document.dump(2, ' ', false, json::error_handler_t::replace));
  fmt::print("\n{}: {}; compare with others: rlreason compare {} OTHER\n",
             run.reused ? "graded before" : "stored", run.directory.filename().string(),
             options.system);
}

}  // namespace rlreason::cli
