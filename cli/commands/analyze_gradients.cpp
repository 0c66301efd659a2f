// rlreason analyze gradients RUN: which way each component of the objective pulls (trainers/component_gradients.h).
#include <fmt/core.h>

#include <memory>
#include <nlohmann/json.hpp>
#include <string>

#include "cli/commands/analyze.h"
#include "cli/commands/engine_job.h"
#include "core/error.h"
#include "core/terminal/table.h"
#include "core/terminal/text.h"
#include "sweeps/run_files.h"

namespace rlreason::cli {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::json;
using terminal::Align;

struct Options {
  std::string run, checkpoint;
  bool types = false;
};

std::string number(const Json& row, const char* name) {
  return row.contains(name) ? terminal::format_number(row.at(name).get<double>(), 3) : "";
}

fs::path checkpoint_of(const fs::path& run, const std::string& named, const Globals& globals) {
  if (named.empty()) return run;  // its model
  for (const fs::path& own : {run / "checkpoints" / named, fs::path(named)})
    if (fs::exists(own)) return own;
  const bool number =
      named.find_first_not_of("0123456789") == std::string::npos && named.size() < 9;
  if (number) {
    const fs::path own = run / "checkpoints" / fmt::format("step-{:08}", std::stoll(named));
    if (fs::exists(own)) return own;
    throw UserError(
        "{}: required a kept checkpoint, there is none of iteration {}; see its folder "
        "checkpoints",
        run.string(), named);
  }
  return folder_of(named, globals);
}

void print(const Json& report, bool types) {
  terminal::Table table({{"component"},
                         {"coefficient", Align::right},
                         {"loss", Align::right},
                         {"targets", Align::right},
                         {"gradient norm", Align::right},
                         {"share of the whole", Align::right}});
  for (const Json& own : report.at("components"))
    table.add({own.at("name"), number(own, "coef"), number(own, "loss"), number(own, "targets"),
               number(own, "norm"), number(own, "share")});
  table.rule();
  table.add({"whole", "", "", "", number(report, "norm"), ""});
  fmt::print("{}, the batch of iteration {}: {} groups, nothing updated\n\n{}",
             terminal::clean(report.at("checkpoint").get<std::string>()),
             report.at("iteration").get<int64_t>() + 1, report.at("groups").get<int64_t>(),
             table.text());
  if (report.at("cosines").empty()) return;
  std::vector<terminal::Column> columns = {{"cosine of"}, {"and"}, {"all", Align::right}};
  if (types)
    for (const auto& [type, ignored] : report.at("cosines").front().at("types").items())
      columns.push_back({type, Align::right});
  terminal::Table cosines(columns);
  for (const Json& own : report.at("cosines")) {
    std::vector<std::string> cells = {own.at("first"), own.at("second"), number(own, "cosine")};
    for (size_t c = 3; c < columns.size(); ++c)
      cells.push_back(number(own.at("types"), columns[c].title.c_str()));
    cosines.add(cells);
  }
  fmt::print("\n{}", cosines.text());
}

void run(const Options& options, const Globals& globals) {
  const fs::path run = fs::absolute(folder_of(options.run, globals));
  const Json described = sweep::read_run(run);
  if (!described.is_object() || described.value("kind", "") != "train")
    throw UserError("{}: required the directory of a training", run.string());
  const fs::path checkpoint = fs::absolute(checkpoint_of(run, options.checkpoint, globals));
  const Json report = Json::parse(
      run_engine_job("gradients", {{"run", run.string()}, {"checkpoint", checkpoint.string()}}, {},
                     "output.json"));
  if (globals.json) return print_json(report);
  print(report, options.types);
}

}  // namespace

Analysis add_analyze_gradients(CLI::App& analyze, const Globals& globals) {
  auto options = std::make_shared<Options>();
  CLI::App* app = analyze.add_subcommand(
      "gradients", "gradient of each component on one batch, and the angles between them");
  app->add_option("RUN", options->run, "a training")->required();
  app->add_option("--checkpoint", options->checkpoint,
                  "iteration of a kept checkpoint, or its folder; default: the run's model");
  app->add_flag("--types", options->types, "cosines by type of tensor besides");
  return {app, [options, &globals] { run(*options, globals); }};
}

}  // namespace rlreason::cli
