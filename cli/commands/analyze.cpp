// rlreason analyze WHAT: what happened inside the weights and around the scores, from checkpoints and the store.
#include "cli/commands/analyze.h"

#include <fmt/core.h>

#include <nlohmann/json.hpp>
#include <vector>

#include "core/error.h"
#include "core/store/store.h"

namespace rlreason::cli {

namespace fs = std::filesystem;

fs::path folder_of(const std::string& target, const Globals& globals) {
  for (const fs::path& folder : {fs::path(target), globals.runs_dir / target})
    if (fs::exists(folder)) return folder;
  if (!fs::exists(globals.store))
    throw UserError(
        "{}: required a folder or a run, there is no such folder here or in {}, and no store {}; "
        "check the name, or give --runs-dir and --store",
        target, globals.runs_dir.string(), globals.store.string());
  return store::Store::open(globals.store, store::Mode::read_only).find_run(target).directory;
}

void print_json(const nlohmann::json& document) {
  fmt::print("{}\n", document.dump(2, ' ', false, nlohmann::json::error_handler_t::replace));
}

namespace {

const Register kEntry{
    "analyze",
    "what training did to weights and scores: weights, scaling, frontier, pool, gradients",
    [](CLI::App& app, const Globals& globals) -> Run {
      app.require_subcommand(1);
      std::vector<Analysis> all = {
          add_analyze_weights(app, globals), add_analyze_scaling(app, globals),
          add_analyze_frontier(app, globals), add_analyze_pool(app, globals),
          add_analyze_gradients(app, globals)};
      return [all = std::move(all)] {
        for (const auto& [chosen, run] : all)
          if (chosen->parsed()) run();
      };
    }};

}  // namespace
}  // namespace rlreason::cli
