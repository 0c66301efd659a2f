// prepare-data: from a source to a verified dataset folder.
#include <fmt/core.h>

#include <algorithm>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <utility>

#include "cli/command.h"
#include "core/config/node.h"
#include "core/error.h"
#include "core/terminal/progress.h"
#include "core/terminal/text.h"
#include "datasets/prepare.h"
#include "datasets/sources/source.h"
#include "datasets/tasks/task.h"
#include "evaluators/suite.h"

namespace rlreason::cli {
namespace {

struct Options {
  data::PrepareConfig config;
  std::string out, policy = "drop";
  std::vector<std::string> sets, map, samples;
  bool keep_suites = false;
};

bool is_task(const std::string& source) { return data::is_task(data::find_source(source)); }

// A suite that declares its source, unless a source or a task has its name.
bool is_suite(const std::string& source) {
  const auto names = eval::suite_names();
  if (std::find(names.begin(), names.end(), source) == names.end()) return false;
  for (const data::Source& known : data::file_sources())
    if (known.name == source) return false;
  return eval::load_suite(source).source.has_value();
}

// --from-samples is the source samples by another name.
void take_samples(const Options& options, data::PrepareConfig& config) {
  if (options.samples.empty() && config.source.empty())
    throw UserError("SOURCE: required a source or --from-samples, none came; name one of them");
  if (options.samples.empty()) return;
  if (!config.source.empty() && config.source != "samples")
    throw UserError("--from-samples: required no other source, '{}' came; drop one of the two",
                    config.source);
  config.source = "samples";
  config.from = options.samples;
}

// A suite's name among `against` stands for its prompts; a file or folder of that name goes first.
void take_suites(data::PrepareConfig& config) {
  const auto names = eval::suite_names();
  std::vector<std::string> paths;
  for (const std::string& name : config.against) {
    if (std::filesystem::exists(name) ||
        std::find(names.begin(), names.end(), name) == names.end()) {
      paths.push_back(name);
      continue;
    }
    const eval::Suite suite = eval::load_suite(name);
    if (suite.task.empty()) {
      paths.push_back(suite.dataset);
      continue;
    }
    for (const data::GeneratedBlock& block : eval::suite_blocks(suite.task))
      if (block.stream == suite.name) config.against_blocks.push_back(block);
  }
  config.against = paths;
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
  take_samples(options, config);
  take_suites(config);
  if (is_suite(config.source))
    return eval::suite_preparation(eval::load_suite(config.source), config);
  config.settings = config::Node::make_map(config::Origin("--set"));
  if (config.source == "mixture") {
    for (const std::string& file : std::exchange(config.from, {}))
      config::merge(config.settings, config::load_yaml(file));
  }
  for (const std::string& assignment : options.sets) config::set(config.settings, assignment);
  if (is_task(config.source) && !options.keep_suites)
    config.exclude = eval::suite_blocks(config.source);
  config.demonstrations = options.policy == "drop"   ? data::DemonstrationPolicy::drop
                          : options.policy == "keep" ? data::DemonstrationPolicy::keep
                                                     : data::DemonstrationPolicy::error;
  return config;
}

void print_overlap(const nlohmann::json& entry) {
  const auto count = [&](const char* key) { return entry.at(key).get<int64_t>(); };
  const std::string with = terminal::clean(entry.at("with").get<std::string>());
  if (!entry.contains("of")) return fmt::print("overlap with {}: {} rows\n", with, count("rows"));
  fmt::print(
      "overlap with {}: {} rows are equal, {} share a run of words with a prompt, {} in a "
      "demonstration; "
      "{} of {} items are touched\n",
      with, count("rows"), count("prompt_rows"), count("demonstration_rows"),
      entry.at("item_ids").size(), count("of"));
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
    if (entry.at("with") != "itself") print_overlap(entry);
  for (const char* key : {"folded", "samples"})
    if (s.manifest.contains(key)) fmt::print("{}: {}\n", key, s.manifest.at(key).dump());
  fmt::print("licence: {}\ndigest: {}\n", s.manifest.at("licence").get<std::string>(), s.digest);
}

std::string source_words() {
  std::string words;
  for (const data::Source& source : data::file_sources())
    words += fmt::format("{}{} ({})", words.empty() ? "" : "; ", source.name, source.summary);
  return words;
}

void declare_options(CLI::App& app, Options& options) {
  data::PrepareConfig& config = options.config;
  app.add_option("SOURCE", config.source,
                 "a task's name, a suite's name (a copy of its files), or: " + source_words())
      ->default_str("");
  app.add_option("--from", config.from,
                 "source files: JSON lines, a JSON array, either packed (zip, gzip), Parquet; "
                 "mixture: a YAML file");
  app.add_option("--from-samples", options.samples,
                 "runs or files whose right samples become demonstrations (settings: --set "
                 "prompts=DATASET, per_prompt, choose)");
  app.add_option("--out", options.out, "folder of the dataset; must not exist")->required();
  app.add_option("--name", config.name, "name of the dataset; default: the source and its split");
  app.add_option("--rows", config.rows, "rows to generate (tasks)")
      ->check(CLI::Range(1, 10'000'000));
  app.add_option("--seed", config.seed, "random seed (tasks)");
  app.add_option("--set", options.sets,
                 "setting of the task, the mixture or the samples, KEY=VALUE");
  app.add_option("--map", options.map,
                 "FIELD=PATH: where a field of a row is in the source's rows, a dotted path");
  app.add_option("--template", config.prompt_template,
                 "prompt around the source's {text} and {system}, or user, system_user, chatml");
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
                 "dataset folders, source files or suites to report overlap with");
  app.add_option("--overlap-words", config.overlap_words, "words in a row that count as overlap")
      ->check(CLI::Range(4, 1000));
  app.add_option("--overlap-short-words", config.overlap_short_words, "the same for short prompts")
      ->check(CLI::Range(4, 1000));
  app.add_flag("--keep-calculations", config.keep_calculations,
               "keep the <<...>> marks of GSM8K solutions");
  app.add_flag("--keep-suite-prompts", options.keep_suites,
               "do not draw again what coincides with prompts of evaluation suites (tasks)");
}

const Register kEntry{
    "prepare-data", "make a verified dataset from a task or from files",
    [](CLI::App& app, const Globals& globals) -> Run {
      auto options = std::make_shared<Options>();
      options->config.source.clear();
      declare_options(app, *options);
      return [options, &globals] {
        terminal::ProgressOptions how;
        how.quiet = globals.quiet;
        terminal::Progress progress("prepare-data", how);
        const auto tell = [&](int64_t read, int64_t rows) {
          progress.update(static_cast<uint64_t>(read), fmt::format("{} rows", rows));
        };
        const data::PreparedSummary summary = data::prepare(resolve(*options), options->out, tell);
        progress.finish(fmt::format("{} rows", summary.rows));
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
