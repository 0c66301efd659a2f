// rlreason evaluate: sample suites with a model, or grade responses made elsewhere; facts into the store, numbers from them.
#include <memory>
#include <string>
#include <vector>

#include "cli/command.h"
#include "cli/commands/evaluate_model.h"
#include "cli/commands/evaluate_responses.h"
#include "cli/commands/evaluate_stored.h"
#include "core/error.h"

namespace rlreason::cli {
namespace {

void require_target(const ModelEvaluation& asked) {
  if (asked.target.empty() || asked.request.suites.empty())
    throw UserError(
        "evaluate: required a checkpoint and --suite NAME, {} is missing; see 'rlreason evaluate "
        "--help'",
        asked.target.empty() ? "the checkpoint" : "--suite");
}

const Register kEntry{
    "evaluate", "sample suites with a checkpoint and print metrics with intervals",
    [](CLI::App& app, const Globals& globals) -> Run {
      auto asked = std::make_shared<ModelEvaluation>();
      app.add_option("TARGET", asked->target,
                     "a checkpoint folder, a run directory, or a run's name in the store");
      app.add_option("--suite", asked->request.suites,
                     "suites or groups by name ('rlreason describe suites') or YAML file");
      app.add_option("--samples", asked->samples, "samples per item; 0: each suite's own")
          ->check(CLI::Range(0, 65536));
      app.add_option("--top-up", asked->top_up,
                     "raise the samples per item to this many: only missing ones are generated")
          ->check(CLI::Range(1, 65536));
      app.add_flag("--every-checkpoint", asked->every_checkpoint,
                   "evaluate every kept checkpoint of the run TARGET and print the curve");
      app.add_flag("--redo-invalid", asked->redo_invalid,
                   "move an evaluation that 'compare invalidate' declared wrong to the folder "
                   ".invalid of the runs, and make it again");
      app.add_option("--set", asked->request.sets,
                     "change a value of every suite: temperature=1.0");
      app.add_option("--seed", asked->request.seed, "seed of the sampling keys");
      app.add_option("--engine-threads", asked->request.threads, "threads of the engine")
          ->check(CLI::Range(1, 1024));
      const auto responses = add_responses_options(app);
      const auto stored = add_stored_options(app);
      return [asked, responses, stored, &globals] {
        responses->redo_invalid = stored->redo_invalid = asked->redo_invalid;
        if (responses->chosen() && stored->chosen())
          throw UserError(
              "evaluate: required --responses or one of --rescore, --recheck, --lm-eval, both "
              "came; "
              "grade first, then name the system");
        if (responses->chosen())
          return evaluate_responses(*responses, asked->target, asked->request.suites, globals);
        if (stored->chosen())
          return evaluate_stored(*stored, asked->target, asked->request.suites, globals);
        require_target(*asked);
        evaluate_model(*asked, globals);
      };
    }};

}  // namespace
}  // namespace rlreason::cli
