#include "cli/commands/runs_edit.h"

#include <fmt/core.h>
#include <fmt/ranges.h>

#include <nlohmann/json.hpp>

#include "core/error.h"
#include "core/process/io.h"
#include "core/store/curve_export.h"
#include "core/store/filter.h"
#include "core/store/tags.h"
#include "core/terminal/text.h"

namespace rlreason::cli {
namespace {

struct Options {
  std::string tag, run, text, author, where;
  std::vector<std::string> runs, metrics;
  bool remove = false;
  std::string csv, tensorboard;
};

void print(const nlohmann::json& document) {
  fmt::print("{}\n", document.dump(2, ' ', false, nlohmann::json::error_handler_t::replace));
}

std::string folder_name(const store::RunRow& row) {
  return std::filesystem::path(row.directory).filename().string();
}

// The runs named, and those that fit the filter.
std::vector<store::RunRow> chosen(const store::Store& store, const Options& options) {
  std::vector<store::RunRow> rows;
  for (const auto& text : options.runs) rows.push_back(store.find_run(text));
  if (!options.where.empty())
    for (auto& row : store::only_matching(store, store.runs(), options.where))
      rows.push_back(std::move(row));
  if (rows.empty())
    throw UserError("required a run, none {}",
                    options.where.empty() ? "came; name one or use --where" : "fits --where");
  return rows;
}

void tag(const Options& options, const Globals& globals) {
  store::Store store = store::Store::open(globals.store);
  nlohmann::json changed = nlohmann::json::array();
  for (const auto& row : chosen(store, options)) {
    if (options.remove)
      store::remove_tag(store, row.uid, options.tag);
    else
      store::add_tag(store, row.uid, options.tag);
    changed.push_back({{"uid", row.uid}, {"tags", store::tags(store, row.uid)}});
    if (!globals.json)
      fmt::print("{}  {}\n", terminal::clean(folder_name(row)),
                 fmt::join(store::tags(store, row.uid), " "));
  }
  if (globals.json) print({{"runs", changed}});
}

void note(const Options& options, const Globals& globals) {
  const bool adds = !options.text.empty();
  store::Store store =
      store::Store::open(globals.store, adds ? store::Mode::read_write : store::Mode::read_only);
  const auto row = store.find_run(options.run);
  if (adds) store::add_note(store, row.uid, options.text, options.author);
  nlohmann::json all = nlohmann::json::array();
  for (const auto& each : store::notes(store, row.uid)) {
    all.push_back({{"t_ms", each.t_ms}, {"author", each.author}, {"text", each.text}});
    if (!globals.json)
      fmt::print("{}{}{}\n", terminal::clean(each.author), each.author.empty() ? "" : ": ",
                 terminal::clean(each.text));
  }
  if (globals.json) return print({{"uid", row.uid}, {"notes", all}});
  if (all.empty()) fmt::print("no notes\n");
}

store::Curves curves_of(const store::Store& store, const store::RunRow& row,
                        const Options& options) {
  store::Curves all = store.curves(row.uid);
  if (options.metrics.empty()) return all;
  store::Curves wanted;
  for (const auto& metric : options.metrics)
    if (const auto it = all.find(metric); it != all.end()) wanted.insert(*it);
  return wanted;
}

// One folder a run, as TensorBoard groups them.  A folder name is one path component, whatever the run is called.
std::string write_events(const store::RunRow& row, const store::Curves& curves,
                         const std::string& target) {
  const auto folder =
      std::filesystem::path(target) / (folder_name(row).empty() ? row.uid : folder_name(row));
  process::make_directories(folder);
  const int64_t start_ms = row.started_ms > 0 ? row.started_ms : row.created_ms;
  const auto file = folder / fmt::format("events.out.tfevents.{}.rlreason", start_ms / 1000);
  process::write_file_atomic(
      file, store::tensorboard_events(curves, static_cast<double>(start_ms) / 1000.0));
  return file.string();
}

void export_curves(const Options& options, const Globals& globals) {
  if (options.csv.empty() == options.tensorboard.empty())
    throw UserError("runs export: required --csv FILE or --tensorboard DIR, {} came",
                    options.csv.empty() ? "none" : "both");
  const store::Store store = store::open_up_to_date(globals.store);
  nlohmann::json written = nlohmann::json::array();
  std::string csv = store::csv_header();
  size_t points = 0;
  for (const auto& row : chosen(store, options)) {
    const store::Curves curves = curves_of(store, row, options);
    for (const auto& [metric, curve] : curves) points += curve.size();
    if (options.csv.empty())
      written.push_back(write_events(row, curves, options.tensorboard));
    else
      csv += store::curves_csv(folder_name(row), curves);
  }
  if (!options.csv.empty()) {
    process::write_file_atomic(options.csv, csv);
    written.push_back(options.csv);
  }
  if (globals.json) return print({{"files", written}, {"points", points}});
  fmt::print("{} points in {}\n", points,
             written.size() == 1 ? terminal::clean(written[0].get<std::string>())
                                 : fmt::format("{} files below {}", written.size(),
                                               terminal::clean(options.tensorboard)));
}

}  // namespace

std::function<bool()> declare_runs_edit(CLI::App& app, const Globals& globals) {
  auto options = std::make_shared<Options>();
  const auto runs_and_where = [options](CLI::App* sub) {
    sub->add_option("RUN", options->runs, "directories, uids, names or unique beginnings of them");
    sub->add_option("--where", options->where,
                    "also every run that fits, e.g. 'recipe = \"grpo\"'");
  };
  CLI::App* tags = app.add_subcommand("tag", "put a word on runs; 'pin' keeps them from gc");
  tags->add_option("TAG", options->tag, "1 to 64 of A-Z a-z 0-9 . _ : / + -")->required();
  runs_and_where(tags);
  tags->add_flag("--remove", options->remove, "take the word away");
  CLI::App* notes = app.add_subcommand("note", "write a note on a run, or read its notes");
  notes->add_option("RUN", options->run, "directory, uid, name or a unique beginning")->required();
  notes->add_option("TEXT", options->text, "the note; without it all are printed");
  notes->add_option("--author", options->author, "who writes");
  CLI::App* curves = app.add_subcommand("export", "write learning curves for other programs");
  runs_and_where(curves);
  curves->add_option("--csv", options->csv, "one file: run,metric,iteration,value");
  curves->add_option("--tensorboard", options->tensorboard,
                     "a folder; each run gets its own with an event file");
  curves->add_option("--metric", options->metrics, "only these");
  return [=, &globals] {
    if (tags->parsed())
      tag(*options, globals);
    else if (notes->parsed())
      note(*options, globals);
    else if (curves->parsed())
      export_curves(*options, globals);
    else
      return false;
    return true;
  };
}

}  // namespace rlreason::cli
