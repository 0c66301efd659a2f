// rlreason runs: what the store knows about, newest first.
#include <fmt/ranges.h>

#include <chrono>
#include <map>
#include <nlohmann/json.hpp>

#include "cli/command.h"
#include "cli/commands/runs_edit.h"
#include "core/error.h"
#include "core/store/filter.h"
#include "core/store/invalidations.h"
#include "core/store/provenance.h"
#include "core/store/store.h"
#include "core/store/tags.h"
#include "core/terminal/table.h"
#include "core/terminal/text.h"

namespace rlreason::cli {
namespace {

struct Options {
  store::RunFilter filter;
  std::string state, where;
  int64_t seed = -1;
  int64_t limit = 50;
};

// What is said about runs beside their rows, by uid.
struct Beside {
  std::map<std::string, std::vector<std::string>> tags, invalid;
  std::map<std::string, std::string> stale;

  explicit Beside(const store::Store& store)
      : tags(store::all_tags(store)),
        invalid(store::invalid_runs(store)),
        stale(store::stale_runs(store)) {}
};

int64_t now_ms() {
  return std::chrono::duration_cast<std::chrono::milliseconds>(
             std::chrono::system_clock::now().time_since_epoch())
      .count();
}

std::string took(const store::RunRow& row) {
  if (row.started_ms == 0) return "";
  const bool running = row.state == store::RunState::running;
  const int64_t end = running ? now_ms() : row.ended_ms;
  if (end < row.started_ms) return "";
  return terminal::format_duration(static_cast<double>(end - row.started_ms) / 1000.0);
}

template <class Map>
auto at(const Map& map, const std::string& uid) {
  const auto it = map.find(uid);
  return it == map.end() ? typename Map::mapped_type() : it->second;
}

nlohmann::json to_json(const store::RunRow& row, const Beside& beside) {
  return {{"uid", row.uid},
          {"name", row.name},
          {"kind", row.kind},
          {"recipe", row.recipe},
          {"setting", row.setting},
          {"seed", row.seed},
          {"identity", row.identity},
          {"state", store::to_string(row.state)},
          {"reason", row.reason},
          {"directory", row.directory},
          {"created_ms", row.created_ms},
          {"started_ms", row.started_ms},
          {"ended_ms", row.ended_ms},
          {"iteration", row.iteration},
          {"attempts", row.attempts},
          {"tags", at(beside.tags, row.uid)},
          {"stale", at(beside.stale, row.uid)},
          {"invalid", at(beside.invalid, row.uid)}};
}

void print_json(const nlohmann::json& list) {
  fmt::print("{}\n", nlohmann::json{{"runs", list}}.dump(2, ' ', false,
                                                         nlohmann::json::error_handler_t::replace));
}

// "done, stale, invalid"
std::string state_words(const store::RunRow& row, const Beside& beside) {
  std::string words = store::to_string(row.state);
  if (beside.stale.contains(row.uid)) words += ", stale";
  if (beside.invalid.contains(row.uid)) words += ", invalid";
  return words;
}

void print_table(const std::vector<store::RunRow>& rows, const Beside& beside, size_t limit) {
  using terminal::Align;
  terminal::Table table({{"run"},
                         {"kind"},
                         {"recipe"},
                         {"setting"},
                         {"seed", Align::right},
                         {"state"},
                         {"iteration", Align::right},
                         {"took", Align::right},
                         {"tags", Align::left, 30},
                         {"reason", Align::left, 40}});
  for (size_t i = 0; i < std::min(limit, rows.size()); ++i) {
    const auto& row = rows[i];
    table.add({std::filesystem::path(row.directory).filename().string(), row.kind, row.recipe,
               row.setting, std::to_string(row.seed), state_words(row, beside),
               row.iteration < 0 ? "" : std::to_string(row.iteration), took(row),
               fmt::format("{}", fmt::join(at(beside.tags, row.uid), " ")), row.reason});
  }
  fmt::print("{}", table.text());
  if (rows.size() > limit)
    fmt::print("{} more; --limit {} shows all\n", rows.size() - limit, rows.size());
}

void list_runs(Options options, const Globals& globals) {
  if (!std::filesystem::exists(globals.store)) {
    if (globals.json) return print_json(nlohmann::json::array());
    fmt::print("no runs yet: {} does not exist; rlreason train starts one\n",
               terminal::clean(globals.store.string()));
    return;
  }
  if (options.seed >= 0) options.filter.seed = static_cast<uint64_t>(options.seed);
  options.filter.state = store::run_state(options.state);
  const store::Store store = store::open_up_to_date(globals.store);
  const auto rows = store::only_matching(store, store.runs(options.filter), options.where);
  const Beside beside(store);
  if (globals.json) {
    nlohmann::json list = nlohmann::json::array();
    for (const auto& row : rows) list.push_back(to_json(row, beside));
    return print_json(list);
  }
  if (rows.empty()) return fmt::print("no run fits\n");
  print_table(rows, beside, static_cast<size_t>(options.limit));
}

const Register kEntry{
    "runs", "list runs, newest first",
    [](CLI::App& app, const Globals& globals) -> Run {
      auto options = std::make_shared<Options>();
      app.add_option("--recipe", options->filter.recipe, "only of this recipe");
      app.add_option("--setting", options->filter.setting, "only of this setting");
      app.add_option("--kind", options->filter.kind, "only of this kind")
          ->check(CLI::IsMember({"prepare", "train", "evaluate"}));
      app.add_option("--state", options->state, "only in this state")
          ->check(CLI::IsMember({"planned", "running", "done", "failed", "preempted", "killed"}));
      app.add_option("--seed", options->seed, "only with this seed; -1 is any");
      app.add_option("--name", options->filter.name_glob, "only names that match, e.g. 'luffy*'");
      app.add_option("--experiment", options->filter.experiment, "only of this plan");
      app.add_option(
          "--where", options->where,
          "a filter: recipe = \"grpo\" and math500 > 0.7 or tag = \"main\"; names: columns, tag, "
          "note, experiment, variant, stale, invalid, metrics (.min .max .mean), suites, settings; "
          "= != < <= > >= in contains, and, or, not, ( )");
      app.add_option("--limit", options->limit, "rows in the table")
          ->check(CLI::Range(int64_t{1}, int64_t{1000000}));
      const auto edit = declare_runs_edit(app, globals);
      return [options, edit, &globals] {
        if (!edit()) list_runs(*options, globals);
      };
    }};

}  // namespace
}  // namespace rlreason::cli
