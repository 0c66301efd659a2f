// rlreason compare [table] PLAN|RUN...: methods x suites from stored facts, paired differences, refusals, exports; and its verbs.
#include <fmt/ranges.h>

#include <memory>
#include <nlohmann/json.hpp>
#include <set>

#include "cli/command.h"
#include "cli/commands/compare_verbs.h"
#include "core/digest.h"
#include "core/process/io.h"
#include "core/store/reports.h"
#include "core/store/store.h"
#include "sweeps/compare/question.h"
#include "sweeps/compare/render.h"
#include "sweeps/compare/report.h"
#include "sweeps/compare/rules.h"
#include "sweeps/compare/systems.h"
#include "sweeps/compare/systems_render.h"
#include "sweeps/experiment.h"

namespace rlreason::cli {
namespace {

using sweep::Format;

struct Options {
  sweep::Question question;
  std::string over = "auto", output;
  int64_t discordant = 0;
  bool markdown = false, latex = false, csv = false, html = false;
};

// Over items: asked for, or one of the names is a system of responses made elsewhere.
bool over_items(const store::Store& store, const sweep::Question& question,
                const Options& options) {
  if (question.of_plan() || options.over == "seeds") return false;
  if (options.over == "items") return true;
  for (const std::string& name : question.what)
    if (sweep::is_system(store, name)) return true;
  return false;
}

// By flag, else by the ending of --output.
Format format_of(const Options& options, const Globals& globals) {
  const int asked = options.markdown + options.latex + options.csv + options.html + globals.json;
  if (asked > 1)
    throw UserError(
        "compare: required one of --markdown, --latex, --csv, --html and --json, {} came", asked);
  if (options.markdown) return Format::markdown;
  if (options.latex) return Format::latex;
  if (options.csv) return Format::csv;
  if (options.html) return Format::html;
  if (globals.json) return Format::json;
  if (options.output.empty()) return Format::terminal;
  const std::string ending = std::filesystem::path(options.output).extension().string();
  if (ending == ".md") return Format::markdown;
  if (ending == ".tex") return Format::latex;
  if (ending == ".csv") return Format::csv;
  if (ending == ".json") return Format::json;
  if (ending == ".html" || ending == ".htm") return Format::html;
  throw UserError(
      "--output: required a file that ends in .md, .tex, .csv, .json or .html, or a format's "
      "flag, '{}' came",
      options.output);
}

void print_systems(const store::Store& store, const Options& options, const Globals& globals) {
  if (options.latex || options.csv || options.html || !options.output.empty())
    throw UserError(
        "compare: required --markdown or --json for systems over items; the other formats are of "
        "methods over seeds");
  const sweep::Question& question = options.question;
  if (!question.correction.empty())
    throw UserError(
        "--correction: required methods over seeds, systems over items came; these are corrected "
        "by Holm");
  const auto comparison = sweep::compare_systems(
      store, question.what,
      {.baseline = question.baseline,
       .suites = question.suites,
       .allow = std::set<std::string>(question.allow.begin(), question.allow.end()),
       .texts = options.discordant});
  if (globals.json)
    fmt::print(
        "{}\n",
        sweep::to_json(comparison).dump(2, ' ', false, nlohmann::json::error_handler_t::replace));
  else
    fmt::print("{}", sweep::render(comparison, options.markdown ? sweep::Layout::markdown
                                                                : sweep::Layout::terminal));
}

// The document with its report in the store; where the store cannot be written, without one.
void export_table(const sweep::Answer& answer, Format format, const Options& options,
                  const Globals& globals) {
  store::Store store = store::Store::open(globals.store);
  const sweep::Question& question = options.question;
  const sweep::Exported made = sweep::export_report(store, answer.comparison, answer.input, format,
                                                    question.to_json(), question.command());
  if (options.output.empty()) {
    fmt::print("{}", made.text);
    return;
  }
  process::write_file_atomic(options.output, made.text);
  store::add_report_output(
      store, made.id,
      {.path = std::filesystem::absolute(options.output).string(), .sha256 = sha256(made.text)});
  if (!globals.quiet)
    fmt::print(stderr, "{}: report {}; check it with: rlreason compare verify {}\n", options.output,
               made.id.substr(0, sweep::kShownIdDigits), options.output);
}

void run(Options& options, const Globals& globals) {
  sweep::Question& question = options.question;
  if (!question.what.empty() && question.what.front() == "table")
    question.what.erase(question.what.begin());
  if (question.what.empty())
    throw UserError(
        "compare: required a plan, runs or systems, none came; see 'rlreason compare --help'");
  const Format format = format_of(options, globals);
  const bool is_export =
      format != Format::terminal && (format != Format::json || !options.output.empty());
  sweep::ingest_runs(globals.store, globals.runs_dir);
  sweep::Answer answer;
  {
    const store::Store store = store::Store::open(globals.store, store::Mode::read_only);
    if (over_items(store, question, options)) return print_systems(store, options, globals);
    question.complete();
    answer = sweep::answer(store, question, !is_export);
  }
  if (!is_export)
    fmt::print("{}", format == Format::terminal
                         ? sweep::render(answer.comparison, sweep::Layout::terminal)
                         : sweep::to_json(answer.comparison)
                                   .dump(2, ' ', false, nlohmann::json::error_handler_t::replace) +
                               "\n");
  else
    export_table(answer, format, options, globals);
}

void declare_rules(CLI::App& app, sweep::Question& question) {
  app.add_option("--allow", question.allow,
                 fmt::format("show although refused, with numbered notes: {}",
                             fmt::join(sweep::rule_names(), ", ")))
      ->delimiter(',');
  app.add_option("--allow-diff", question.allow_diff,
                 "configuration paths in which rows may differ undeclared; * stands for any text")
      ->delimiter(',');
  app.add_option("--compute-match", question.compute_match,
                 "refuse rows whose cost differs by more than 2 %; default: the plan's, else none")
      ->check(CLI::IsMember({"none", "iterations", "tokens", "seconds"}));
  app.add_option("--correction", question.correction,
                 "for the number of rows: holm, or bh (Benjamini-Hochberg); default: the plan's, "
                 "else holm")
      ->check(CLI::IsMember({"holm", "bh"}));
  app.add_option("--minimum-effect", question.minimum_effect,
                 "difference of the primary metric that matters; default: the plan's, else the "
                 "detectable one")
      ->check(CLI::PositiveNumber);
  app.add_option("--equivalence", question.equivalence,
                 "test whether a row is within this margin of the baseline (two one-sided t tests)")
      ->check(CLI::PositiveNumber);
}

void declare_formats(CLI::App& app, Options& options) {
  app.add_flag("--markdown", options.markdown, "tables in Markdown");
  app.add_flag("--latex", options.latex, "a booktabs tabular");
  app.add_flag("--csv", options.csv, "a line for every row and metric");
  app.add_flag("--html", options.html,
               "one self-contained page: plots, curves, items with texts, configurations");
  app.add_option("--output", options.output,
                 "write the table to this file, complete or not at all; the ending says the format")
      ->type_name("FILE");
}

void declare_table(CLI::App& app, Options& options) {
  sweep::Question& question = options.question;
  app.add_option("PLAN|RUN|SYSTEM", question.what,
                 "a plan (file or built-in name), runs, or systems whose responses were "
                 "graded; 'table' may stand before");
  app.add_option("--baseline", question.baseline,
                 "label of the row to compare with; default: the plan's");
  app.add_option("--suites", question.suites, "only these columns: SUITE, SUITE@K or SUITE:FLAG")
      ->delimiter(',');
  declare_rules(app, question);
  app.add_option(
         "--over", options.over,
         "the unit: seeds (methods) or items (systems); auto takes items when one is a system")
      ->check(CLI::IsMember({"auto", "seeds", "items"}));
  app.add_option("--discordant", options.discordant,
                 "over items: show the responses of so many items on which a pair differs")
      ->check(CLI::Range(int64_t{0}, int64_t{100000}));
  app.add_option("--curve", question.curve, "metric of the learning curves");
  app.add_option("--axis", question.axis,
                 "metric they are drawn against; iterations where a run lacks it");
  app.add_option("--takeoff", question.takeoff,
                 "METRIC:THRESHOLD: report the first iteration above it");
  declare_formats(app, options);
}

const Register kEntry{
    "compare",
    "methods x suites from stored facts: intervals, paired differences, refusals, exports",
    [](CLI::App& app, const Globals& globals) -> Run {
      auto options = std::make_shared<Options>();
      declare_table(app, *options);
      std::vector<CompareVerb> verbs = {
          add_compare_verify(app, globals), add_compare_diff(app, globals),
          add_compare_invalidate(app, globals), add_compare_neutral(app, globals),
          add_compare_published(app, globals)};
      return [options, &globals, verbs = std::move(verbs)] {
        for (const auto& [chosen, act] : verbs)
          if (chosen->parsed()) return act();
        run(*options, globals);
      };
    }};

}  // namespace
}  // namespace rlreason::cli
