// rlreason describe [WHAT]: recipes, settings, pieces, tasks, suites, groups of them, prompt templates, verifiers, or one of them by name; all from the declarations.
#include <fmt/core.h>
#include <fmt/ranges.h>

#include <functional>
#include <map>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>

#include "cli/command.h"
#include "cli/commands/describe_recipe.h"
#include "core/config/parse.h"
#include "core/embedded.h"
#include "core/error.h"
#include "core/registry.h"
#include "core/terminal/table.h"
#include "datasets/tasks/task.h"
#include "datasets/verifiers/verifier.h"
#include "evaluators/prompt_template.h"
#include "evaluators/suite.h"
#include "evaluators/suite_group.h"
#include "trainers/catalog/pieces.h"
#include "trainers/catalog/recipe.h"
#include "trainers/catalog/unavailable.h"

namespace rlreason::cli {
namespace {

using Json = nlohmann::json;

Json recipe_rows() {
  Json rows = Json::array();
  for (const std::string& name : embedded_names("trainers/recipes/")) {
    const train::RecipeFile file = train::load_recipe(name);
    const auto text = [&](const char* key) {
      return file.root.find(key) ? file.root.at(key).text() : std::string();
    };
    rows.push_back({{"name", name}, {"summary", text("summary")}, {"source", text("source")}});
  }
  return rows;
}

Json unavailable_rows() {
  Json rows = Json::array();
  for (const train::Unavailable& own : train::all_unavailable())
    rows.push_back({{"name", own.name}, {"summary", own.summary}, {"missing", own.missing}, {"source", own.source}});
  return rows;
}

Json setting_rows() {
  Json rows = Json::array();
  for (const std::string& name : embedded_names("trainers/settings/"))
    rows.push_back({{"name", name}, {"summary", train::load_setting(name).summary}});
  return rows;
}

Json piece_rows() {
  Json rows = Json::array();
  for (const std::string& axis : train::piece_axes())
    for (const train::PieceInfo* piece : train::pieces_of(axis))
      rows.push_back({{"axis", axis},
                      {"name", piece->name},
                      {"formula", piece->formula},
                      {"source", piece->source}});
  return rows;
}

Json task_rows() {
  Json rows = Json::array();
  for (const data::Task* task : data::all_tasks())
    rows.push_back({{"name", task->name()}, {"summary", task->summary()}});
  return rows;
}

Json verifier_rows() {
  Json rows = Json::array();
  for (const data::VerifierInfo& info : data::all_verifiers())
    rows.push_back({{"name", info.name}, {"version", info.version}, {"summary", info.summary}, {"known faults", info.known_faults}});
  return rows;
}

// "T 0.6 top_p 1 8192 tokens"
std::string sampling_of(const eval::Suite& suite) {
  if (eval::by_likelihood(suite)) return "likelihood of the options";
  return fmt::format("T {} top_p {} {} tokens", suite.temperature, suite.top_p,
                     suite.max_new_tokens);
}

Json suite_rows() {
  Json rows = Json::array();
  for (const std::string& name : eval::suite_names()) {
    const eval::Suite suite = eval::load_suite(name);
    const int64_t items = suite.source ? suite.source->items : suite.prompts;
    rows.push_back({{"name", name},
                    {"summary", suite.summary},
                    {"items", items > 0 ? std::to_string(items) : "all"},
                    {"samples", std::to_string(suite.samples)},
                    {"sampling", sampling_of(suite)},
                    {"template", suite.prompt_template},
                    {"verifier", suite.verifier},
                    {"distribution", suite.distribution == eval::Distribution::in ? "in" : "out"},
                    {"source", suite.source ? suite.source->origin : "task " + suite.task}});
  }
  return rows;
}

Json group_rows() {
  Json rows = Json::array();
  for (const std::string& name : eval::suite_group_names()) {
    const eval::SuiteGroup group = eval::load_suite_group(name);
    rows.push_back({{"name", name},
                    {"suites", fmt::format("{}", fmt::join(group.suites, " "))},
                    {"source", group.source}});
  }
  return rows;
}

Json template_rows() {
  Json rows = Json::array();
  for (const std::string& name : eval::prompt_template_names()) {
    const eval::PromptTemplate words = eval::load_prompt_template(name);
    rows.push_back({{"name", name}, {"summary", words.summary}, {"source", words.source}});
  }
  return rows;
}

const std::map<std::string, std::function<Json()>> kLists = {
    {"recipes", recipe_rows},    {"settings", setting_rows}, {"pieces", piece_rows},
    {"tasks", task_rows},        {"suites", suite_rows},     {"groups", group_rows},
    {"templates", template_rows}, {"unavailable", unavailable_rows}, {"verifiers", verifier_rows}};

void print_rows(const Json& rows) {
  std::vector<std::string> columns;
  std::vector<terminal::Column> titles;
  for (const char* key : {"axis", "name", "items", "samples", "sampling", "template", "verifier",
                          "distribution", "version", "summary", "missing", "known faults", "suites", "formula", "source"})
    if (!rows.empty() && rows.front().contains(key))
      columns.push_back(key), titles.push_back({key});
  terminal::Table table(titles);
  for (const auto& row : rows) {
    std::vector<std::string> cells;
    for (const std::string& column : columns) cells.push_back(row.at(column));
    table.add(cells);
  }
  fmt::print("{}", table.text());
}

void describe_recipe(const std::string& name, bool json) {
  const Json report = recipe_report(name);
  fmt::print("{}", json ? report.dump(2) + "\n" : recipe_text(report));
}

bool describe_name(const std::string& name, bool json) {
  for (const auto& recipe : embedded_names("trainers/recipes/"))
    if (recipe == name) return describe_recipe(name, json), true;
  if (const auto own = train::find_unavailable(name))
    return fmt::print("{}: {}\nsource: {}\nnot available; required: {}\n", name, own->summary,
                      own->source, own->missing),
           true;
  for (const char* folder :
       {"trainers/settings/", "evaluators/suites/", "evaluators/groups/", "evaluators/prompts/"})
    if (const auto text = embedded_file(folder + name + ".yaml"))
      return fmt::print("{}", *text), true;
  for (const std::string& axis : train::piece_axes())
    for (const train::PieceInfo* piece : train::pieces_of(axis))
      if (piece->name == name) {
        fmt::print("{} (axis {})\nformula: {}\nsource: {}\n{}{}\n", name, axis, piece->formula,
                   piece->source, piece->needs.empty() ? "" : "needs: " + piece->needs + "\n",
                   piece->settings_markdown);
        return true;
      }
  for (const data::VerifierInfo& info : data::all_verifiers())
    if (info.name == name)
      return fmt::print("{}@{}: {}\n{}", name, info.version, info.summary, info.known_faults.empty() ? "" : "known faults: " + info.known_faults + "\n"), true;
  for (const data::Task* task : data::all_tasks())
    if (task->name() == name)
      return fmt::print("{}: {}\n{}", name, task->summary(), task->markdown()), true;
  return false;
}

void run(const std::string& what, const Globals& globals) {
  if (what == "settings.reference") return fmt::print("{}", config::markdown<train::TrainConfig>());
  if (what.empty()) {
    for (const auto& [name, rows] : kLists) {
      fmt::print("{}\n", name);
      print_rows(rows());
      fmt::print("\n");
    }
    return;
  }
  if (const auto list = kLists.find(what); list != kLists.end()) {
    if (globals.json) return fmt::print("{}\n", list->second().dump(2));
    return print_rows(list->second());
  }
  if (describe_name(what, globals.json)) return;
  std::vector<std::string> known = {"settings.reference"};
  for (const auto& [list, rows] : kLists) {
    known.push_back(list);
    for (const auto& row : rows()) known.push_back(row.at("name"));
  }
  throw UserError(
      "describe: required a list or the name of something, '{}' came; did you mean '{}'?", what,
      nearest(what, known));
}

const Register kEntry{
    "describe",
    "what exists: recipes, settings, pieces, tasks, suites; formulas, settings, sources",
    [](CLI::App& app, const Globals& globals) -> Run {
      auto what = std::make_shared<std::string>();
      app.add_option("WHAT", *what,
                     "recipes, unavailable (methods that are known and not built), settings, "
                     "pieces, tasks, suites, groups, templates, verifiers, settings.reference, or a name; all "
                     "lists when left out");
      return [what, &globals] { run(*what, globals); };
    }};

}  // namespace
}  // namespace rlreason::cli
