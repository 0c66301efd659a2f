// rlreason objective RECIPE: what does this method do to these tokens?  Log-probs in, loss and gradients out, no model.
//
// Input and settings are checked here; the arithmetic is the trainers' own, in rlreason-engine (trainers/explain.h).
#include <fmt/core.h>

#include <cmath>
#include <iostream>
#include <iterator>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "cli/command.h"
#include "cli/commands/engine_job.h"
#include "core/error.h"
#include "core/json.h"
#include "core/process/io.h"
#include "core/terminal/table.h"
#include "core/terminal/text.h"
#include "trainers/catalog/recipe.h"
#include "trainers/catalog/token_lines.h"

namespace rlreason::cli {
namespace {

using Json = nlohmann::json;

struct Options {
  std::string recipe, setting = "tiny", input = "-", output = "-";
  std::vector<std::string> sets;
  int64_t iteration = 0;
  bool table = false;
};

std::string input_text(const std::string& input) {
  if (input != "-") return process::read_file(input);
  return {std::istreambuf_iterator<char>(std::cin), {}};
}

std::vector<Json> lines_of(const std::string& text) {
  std::vector<Json> lines;
  for (size_t begin = 0; begin < text.size();) {
    const size_t end = std::min(text.find('\n', begin), text.size());
    lines.push_back(Json::parse(text.substr(begin, end - begin)));
    begin = end + 1;
  }
  return lines;
}

std::string number(double value) { return terminal::format_number(value, 4); }

terminal::Table token_table(const train::TokenLine& line, const Json& result) {
  using terminal::Align;
  terminal::Table table({{"group"},
                         {"sequence"},
                         {"source"},
                         {"token"},
                         {"p", Align::right},
                         {"p / p_old", Align::right},
                         {"advantage", Align::right},
                         {"dloss/dlogprob", Align::right},
                         {"pushes p"}});
  for (size_t g = 0; g < line.groups.size(); ++g)
    for (size_t s = 0; s < line.groups[g].sequences.size(); ++s) {
      const train::TokenSequence& own = line.groups[g].sequences[s];
      const Json& out = result.at("groups")[g].at("sequences")[s];
      if (table.rows() > 0) table.rule();
      for (size_t t = 0; t < own.tokens(); ++t) {
        const double logprob = own.streams.at("logprob")[t];
        const auto old = own.streams.find("old_logprob");
        const double gradient = out.at("dloss_dlogprob")[t];
        const std::string ratio =
            old == own.streams.end() ? "" : number(std::exp(logprob - old->second[t]));
        table.add({t == 0 ? std::to_string(g) : "", t == 0 ? std::to_string(s) : "",
                   std::string(to_string(own.source[t])),
                   own.text.empty() ? std::to_string(t) : own.text[t], number(std::exp(logprob)),
                   ratio, t == 0 && out.contains("advantage") ? number(out.at("advantage")) : "",
                   number(gradient),
                   gradient == 0  ? ""
                   : gradient < 0 ? "up"
                                  : "down"});
      }
    }
  return table;
}

std::string tables_of(const std::vector<train::TokenLine>& lines,
                      const std::vector<Json>& results) {
  std::string text;
  for (size_t i = 0; i < lines.size(); ++i) {
    const Json& result = results[i];
    text += token_table(lines[i], result).text();
    text += fmt::format("loss {} =", number(result.at("loss")));
    const char* plus = " ";
    for (const Json& component : result.at("components")) {
      text += fmt::format("{}{} {}", plus, component.at("name").get<std::string>(),
                          number(component.at("value")));
      plus = " + ";
    }
    text += "\n";
    if (i + 1 < lines.size()) text += "\n";
  }
  return text;
}

void run(const Options& options, const Globals& globals) {
  if (options.table && globals.json)
    throw UserError("objective: required --table or --json, both came; leave one out");
  train::ResolvedConfig resolved =
      train::resolve_config(options.recipe, options.setting, options.sets);
  const std::string name = options.input == "-" ? "standard input" : options.input;
  const std::string input = input_text(options.input);
  const std::vector<train::TokenLine> lines = train::parse_token_lines(input, name);
  for (const train::TokenLine& line : lines) train::check_token_line(line, resolved.config);
  const std::string output = run_engine_job(
      "objective", {{"config", resolved.json}, {"file", name}, {"iteration", options.iteration}},
      {{"input.jsonl", input}}, "output.jsonl");
  if (options.output != "-")
    process::write_file_atomic(options.output,
                               options.table ? tables_of(lines, lines_of(output)) : output);
  if (globals.json) {
    Json document = {{"recipe", resolved.recipe}, {"lines", lines.size()}};
    if (options.output == "-")
      document["results"] = lines_of(output);
    else
      document["output"] = options.output;
    return fmt::print("{}\n", document.dump(2));
  }
  if (options.output != "-")
    return fmt::print("{}: {} line{}\n", terminal::clean(options.output), lines.size(),
                      lines.size() == 1 ? "" : "s");
  fmt::print("{}", options.table ? tables_of(lines, lines_of(output)) : output);
}

const Register kEntry{
    "objective", "what a recipe does to given tokens: loss, advantages, gradients, components",
    [](CLI::App& app, const Globals& globals) -> Run {
      auto options = std::make_shared<Options>();
      app.add_option("RECIPE", options->recipe, "name of a recipe or a YAML file")->required();
      app.add_option("--input", options->input,
                     "JSON lines {groups: [{rewards, sequences: [{source, logprob, old_logprob, "
                     "…}]}]}, each one mini-batch; - is standard input")
          ->type_name("FILE");
      app.add_option("--output", options->output,
                     "JSON lines {loss, components, groups, metrics}; - is standard output")
          ->type_name("FILE");
      app.add_option("--setting", options->setting, "setting the recipe is resolved in");
      app.add_option("--set", options->sets, "change a setting: components.policy.clip.high=0.28")
          ->type_name("a.b=c")
          ->allow_extra_args(false);
      app.add_option("--iteration", options->iteration, "the iteration schedules are asked for")
          ->check(CLI::NonNegativeNumber);
      app.add_flag("--table", options->table, "a table with a row a token in place of JSON");
      return [options, &globals] { run(*options, globals); };
    }};

}  // namespace
}  // namespace rlreason::cli
