// rlreason compare diff A B: two runs side by side.
#include <memory>
#include <nlohmann/json.hpp>

#include "cli/commands/compare_verbs.h"
#include "core/store/store.h"
#include "sweeps/compare/diff.h"
#include "sweeps/experiment.h"

namespace rlreason::cli {

CompareVerb add_compare_diff(CLI::App& compare, const Globals& globals) {
  CLI::App* app = compare.add_subcommand(
      "diff", "two runs side by side: configuration, code, data, machine, items won and lost");
  auto names = std::make_shared<std::pair<std::string, std::string>>();
  app->add_option("A", names->first, "a training or evaluation")->required();
  app->add_option("B", names->second, "another one")->required();
  return {app, [names, &globals] {
            sweep::ingest_runs(globals.store, globals.runs_dir);
            const store::Store store = store::Store::open(globals.store, store::Mode::read_only);
            const sweep::RunDiff diff = sweep::diff_runs(store, names->first, names->second);
            if (globals.json)
              fmt::print("{}\n", sweep::to_json(diff).dump(
                                     2, ' ', false, nlohmann::json::error_handler_t::replace));
            else
              fmt::print("{}", sweep::render(diff));
          }};
}

}  // namespace rlreason::cli
