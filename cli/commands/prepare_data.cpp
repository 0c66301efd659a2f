// prepare-data: from a source to a verified dataset folder.
#include <fmt/core.h>

#include <algorithm>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>

#include "cli/command.h"
#include "core/config/node.h"
#include "core/error.h"
#include "datasets/prepare.h"
#include "datasets/sources/source.h"
#include "datasets/tasks/task.h"
#include "evaluators/suite.h"

namespace rlreason::cli {
namespace {

struct Options {
  data::PrepareConfig config;
  std::string out, policy = "drop";
  std::vector<std::string> sets, map;
  bool keep_suites = false;
};

bool is_task(const std::string& source) { return source != "gsm8k" && source != "jsonl"; }

// A suite that declares its source, unless a source or a task has its name.
bool is_suite(const std::string& source) {
  const auto names = eval::suite_names();
  if (std::find(names.begin(), names.end(), source) == names.end()) return false;
  for (const data::Source& known : data::file_sources())
    if (known.name == source) return false;
  return eval::load_suite(source).source.has_value();
}

data::PrepareConfig resolve(const Options& options) {
  data::PrepareConfig config = options.config;
  for (const std::string& assignment : options.map) {
    const size_t equals = assignment.find('=');
    if (equals == std::string::npos)
      throw UserError("--map: required field=path, '{}' came; for example --map text=question",
                      assignment);
    config.map[assignment.substr(0, equals)] = assignment.substr(equals + 1);
  }
  if (is_suite(config.source))
    return eval::suite_preparation(eval::load_suite(config.source), config);
  config.settings = config::Node::make_map(config::Origin("--set"));
  for (const std::string& assignment : options.sets) config::set(config.settings, assignment);
  if (!is_task(config.source) && !options.sets.empty())
    throw UserError(
        "--set: required a task as source, '{}' came; its settings are flags of prepare-data",
        config.source);
  if (is_task(config.source) && !options.keep_suites)
    config.exclude = eval::suite_blocks(config.source);
  config.demonstrations = options.policy == "drop"   ? data::DemonstrationPolicy::drop
                          : options.policy == "keep" ? data::DemonstrationPolicy::keep
                                                     : data::DemonstrationPolicy::error;
  return config;
}

void print(const data::PreparedSummary& s, const std::string& out) {
  fmt::print("{}: {} rows of {} read, {} rejected{}\n", out, s.rows, s.read, s.rejected,
             s.rejected > 0 ? fmt::format(" (see {}/rejected.jsonl)", out) : "");
  fmt::print("demonstrations: {} written, {} wrong, {} unscored, {} too long\n", s.demonstrations,
             s.demonstrations_wrong, s.demonstrations_unscored, s.demonstrations_too_long);
  if (s.redrawn > 0)
    fmt::print("{} draws coincided with prompts of evaluation suites and were drawn again\n",
               s.redrawn);
  if (s.repeated > 0) fmt::print("{} rows repeat an earlier prompt\n", s.repeated);
  for (const nlohmann::json& entry : s.manifest.at("overlap"))
    if (entry.at("with") != "itself")
      fmt::print("overlap with {}: {} rows\n", entry.at("with").get<std::string>(),
                 entry.at("rows").get<int64_t>());
  fmt::print("licence: {}\ndigest: {}\n", s.manifest.at("licence").get<std::string>(), s.digest);
}

void declare_options(CLI::App& app, Options& options) {
  data::PrepareConfig& config = options.config;
  app.add_option("SOURCE", config.source,
                 "a task's name, gsm8k (original JSONL) or jsonl (any JSONL, with --map)")
      ->required();
  app.add_option("--from", config.from, "source files (gsm8k, jsonl)");
  app.add_option("--out", options.out, "folder of the dataset; must not exist")->required();
  app.add_option("--name", config.name, "name of the dataset; default: the source and its split");
  app.add_option("--rows", config.rows, "rows to generate (tasks)")
      ->check(CLI::Range(1, 10'000'000));
  app.add_option("--seed", config.seed, "random seed (tasks)");
  app.add_option("--set", options.sets, "setting of the task, KEY=VALUE");
  app.add_option("--map", options.map,
                 "FIELD=PATH: where a field of a row is in the source's JSON (jsonl)");
  app.add_option("--template", config.prompt_template,
                 "prompt around the source's text, which is written {text}");
  app.add_option("--verifier", config.verifier, "who judges responses; default: the source's own");
  app.add_option("--split", config.split, "split written into every row");
  app.add_option("--licence", config.licence, "licence of the source, for the manifest");
  app.add_option("--limit", config.limit, "read at most this many rows; 0: all")
      ->check(CLI::NonNegativeNumber);
  app.add_option("--demonstrations", options.policy,
                 "what happens to a wrong or too long demonstration")
      ->check(CLI::IsMember({"drop", "keep", "error"}));
  app.add_option("--max-demonstration-bytes", config.max_demonstration_bytes,
                 "a longer demonstration is too long")
      ->check(CLI::Range(1, 1 << 24));
  app.add_option("--against", config.against,
                 "dataset folders or source files to report overlapping prompts with");
  app.add_flag("--keep-calculations", config.keep_calculations,
               "keep the <<...>> marks of GSM8K solutions");
  app.add_flag("--keep-suite-prompts", options.keep_suites,
               "do not draw again what coincides with prompts of evaluation suites (tasks)");
}

const Register kEntry{"prepare-data", "make a verified dataset from a task or from files",
                      [](CLI::App& app, const Globals& globals) -> Run {
                        auto options = std::make_shared<Options>();
                        declare_options(app, *options);
                        return [options, &globals] {
                          const data::PreparedSummary summary =
                              data::prepare(resolve(*options), options->out);
                          if (!globals.json) return print(summary, options->out);
                          fmt::print("{}\n", nlohmann::json{{"out", options->out},
                                                            {"name", summary.name},
                                                            {"digest", summary.digest},
                                                            {"manifest", summary.manifest}}
                                                 .dump(2));
                        };
                      }};

}  // namespace
}  // namespace rlreason::cli
