// rlreason analyze weights BEFORE AFTER…: what moved, in which directions, and what several trainings moved alike.
//
// The arithmetic is the engine's (trainers/weight_report.h, engine/analysis/weight_change.h); this file prints.
#include <fmt/core.h>

#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "cli/commands/analyze.h"
#include "cli/commands/engine_job.h"
#include "core/error.h"
#include "core/process/io.h"
#include "core/terminal/table.h"
#include "core/terminal/text.h"

namespace rlreason::cli {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::json;
using terminal::Align;

struct Options {
  std::vector<std::string> checkpoints;
  bool from_init = false, no_spectra = false, tensors = false;
  double tolerance = 1e-5, principal = 0.1;
  int64_t largest_matrix = int64_t{1} << 25;
};

// The weights that a training began from, as its run.json says.
fs::path init_of(const fs::path& run) {
  const fs::path file = run / "run.json";
  if (!fs::exists(file))
    throw UserError("{}: required the directory of a training with --from-init, it has no run.json",
                    run.string());
  const Json json = Json::parse(process::read_file(file), nullptr, false);
  if (json.is_object())
    for (const Json& own : json.value("producers", Json::array()))
      if (own.is_object() && own.value("role", "") == "init" && own.contains("path") &&
          own["path"].is_string()) {
        const fs::path path = own["path"].get<std::string>();
        return path.is_absolute() ? path : run.parent_path() / path;
      }
  throw UserError(
      "{}: required a training that began from a checkpoint, this one began from random weights; "
      "name both checkpoints without --from-init",
      run.string());
}

std::string name_of(const fs::path& folder) {
  const fs::path clean = folder.lexically_normal();
  const std::string last = (clean.has_filename() ? clean : clean.parent_path()).filename().string();
  const fs::path parent =
      clean.has_filename() ? clean.parent_path() : clean.parent_path().parent_path();
  if (!last.starts_with("step-")) return last;
  return (parent.filename() == "checkpoints" ? parent.parent_path() : parent).filename().string() +
         "/" + last;
}

Json pairs_of(const Options& options, const Globals& globals) {
  std::vector<fs::path> folders;
  for (const std::string& own : options.checkpoints)
    folders.push_back(fs::absolute(folder_of(own, globals)));
  if (!options.from_init && folders.size() < 2)
    throw UserError(
        "analyze weights: required a checkpoint before and one after, one came; with --from-init a "
        "training is compared with the weights it began from");
  Json pairs = Json::array();
  for (size_t i = options.from_init ? 0 : 1; i < folders.size(); ++i) {
    const fs::path before = options.from_init ? init_of(folders[i]) : folders.front();
    pairs.push_back({{"name", name_of(folders[i])},
                     {"before", before.string()},
                     {"after", folders[i].string()}});
  }
  return pairs;
}

std::string share(const Json& row, const char* name, int digits = 1) {
  return row.contains(name) ? fmt::format("{:.{}f}", 100 * row.at(name).get<double>(), digits) : "";
}
std::string value(const Json& row, const char* name, int digits = 3) {
  return row.contains(name) ? terminal::format_number(row.at(name).get<double>(), digits) : "";
}

void print_changes(const Json& pair, const Json& report) {
  const double tolerance = report.at("tolerance");
  std::vector<terminal::Column> columns = {{"tensors"},
                                           {"numbers", Align::right},
                                           {"|D|/|W| %", Align::right},
                                           {"bf16 changed %", Align::right}};
  const Json& tolerances = report.at("tolerances");
  for (const Json& own : tolerances)
    columns.push_back({fmt::format("|D|<={:g} %", own.get<double>()), Align::right});
  terminal::Table table(columns);
  const auto add = [&](const std::string& name, const Json& row) {
    std::vector<std::string> cells = {name, std::to_string(row.at("parameters").get<int64_t>()),
                                      share(row, "relative_change", 2),
                                      share(row, "bf16_changed_share")};
    for (const Json& own : row.at("sparsity"))
      cells.push_back(fmt::format("{:.1f}", 100 * own.get<double>()));
    table.add(cells);
  };
  for (const Json& row : pair.at("types")) add(row.at("type"), row);
  table.rule();
  add("all", pair.at("total"));
  fmt::print("{} against {}: {} % of {} numbers changed by more than {:g}\n\n{}\n",
             terminal::clean(pair.at("name").get<std::string>()),
             terminal::clean(pair.at("before").get<std::string>()),
             share(pair.at("total"), "changed_share"),
             pair.at("total").at("parameters").get<int64_t>(), tolerance, table.text());
}

void print_spectra(const Json& pair) {
  terminal::Table table({{"matrices"},
                         {"rank %", Align::right},
                         {"99 % rank %", Align::right},
                         {"stable rank", Align::right},
                         {"drift %", Align::right},
                         {"angle left", Align::right},
                         {"right", Align::right},
                         {"in subspace % (chance)", Align::right},
                         {"off principal %", Align::right},
                         {"on largest %", Align::right}});
  const auto add = [&](const std::string& name, const Json& row) {
    if (!row.contains("rank")) return;
    table.add({name, share(row, "rank_share"), share(row, "rank_99_share"),
               value(row, "stable_rank"), share(row, "spectral_drift", 2),
               value(row, "left_angle_mean"), value(row, "right_angle_mean"),
               share(row, "subspace_energy") + " (" + share(row, "subspace_expected") + ")",
               share(row, "off_principal_energy"), share(row, "magnitude_energy")});
  };
  for (const Json& row : pair.at("types")) add(row.at("type"), row);
  if (table.rows() == 0) return;
  table.rule();
  add("all", pair.at("total"));
  fmt::print("{}\n", table.text());
}

void print_tensors(const Json& pair) {
  terminal::Table table({{"tensor"},
                         {"numbers", Align::right},
                         {"changed %", Align::right},
                         {"bf16 changed %", Align::right},
                         {"rank", Align::right},
                         {"stable rank", Align::right},
                         {"drift %", Align::right},
                         {"largest angle", Align::right}});
  for (const Json& row : pair.at("tensors"))
    table.add({row.at("tensor"), std::to_string(row.at("parameters").get<int64_t>()),
               share(row, "changed_share"), share(row, "bf16_changed_share"), value(row, "rank"),
               value(row, "stable_rank"), share(row, "spectral_drift", 2),
               value(row, "angle_largest")});
  fmt::print("{}\n", table.text());
}

void print_overlaps(const Json& overlaps) {
  if (overlaps.empty()) return;
  terminal::Table table({{"changed by"},
                         {"and by"},
                         {"of the first's %", Align::right},
                         {"by chance %", Align::right},
                         {"within tensors %", Align::right},
                         {"of the second's %", Align::right},
                         {"by chance %", Align::right}});
  for (const Json& own : overlaps) {
    const Json& total = own.at("total");
    table.add({own.at("first"), own.at("second"), share(total, "share_of_first"),
               share(total, "expected_of_first"), share(total, "expected_of_first_by_tensor"),
               share(total, "share_of_second"), share(total, "expected_of_second")});
  }
  fmt::print("{}", table.text());
}

void run(const Options& options, const Globals& globals) {
  const Json report =
      Json::parse(run_engine_job("analyze",
                                 {{"what", "weights"},
                                  {"quiet", globals.quiet},
                                  {"pairs", pairs_of(options, globals)},
                                  {"tolerances", {0.0, 1e-8, 1e-7, 1e-6, 1e-5, 1e-4, 1e-3}},
                                  {"tolerance", options.tolerance},
                                  {"principal", options.principal},
                                  {"largest_matrix", options.largest_matrix},
                                  {"spectra", !options.no_spectra}},
                                 {}, "output.json"));
  if (globals.json) return print_json(report);
  for (const Json& pair : report.at("pairs")) {
    print_changes(pair, report);
    print_spectra(pair);
    if (options.tensors) print_tensors(pair);
  }
  print_overlaps(report.at("overlaps"));
}

}  // namespace

Analysis add_analyze_weights(CLI::App& analyze, const Globals& globals) {
  auto options = std::make_shared<Options>();
  CLI::App* app = analyze.add_subcommand(
      "weights", "what moved in the weights: sparsity, rank, spectrum, overlap of trainings");
  app->add_option("CHECKPOINT", options->checkpoints,
                  "before, then one or more after: run directories (their model), runs or "
                  "checkpoint folders")
      ->required();
  app->add_flag("--from-init", options->from_init,
                "each is a training, compared with the weights it began from");
  app->add_option("--tolerance", options->tolerance,
                  "a number changed when it moved by more; for the changed sets and their overlap")
      ->check(CLI::Range(0.0, 1e6));
  app->add_option("--principal", options->principal,
                  "share of singular directions, and of numbers, that are called principal")
      ->check(CLI::Range(1e-6, 1.0));
  app->add_option("--largest-matrix", options->largest_matrix,
                  "matrices with more numbers get no singular values")
      ->check(CLI::Range(int64_t{1}, int64_t{1} << 40));
  app->add_flag("--no-spectra", options->no_spectra, "no singular values: quick for large models");
  app->add_flag("--tensors", options->tensors, "a row a tensor besides");
  return {app, [options, &globals] { run(*options, globals); }};
}

}  // namespace rlreason::cli
