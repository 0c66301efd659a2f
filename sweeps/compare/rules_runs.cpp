// Rules about the runs behind the rows: code, data, compute, ledger, machine, numbers.
#include <fmt/ranges.h>

#include <algorithm>
#include <cctype>
#include <cmath>
#include <set>

#include "core/error.h"
#include "core/terminal/text.h"
#include "sweeps/compare/config_paths.h"
#include "sweeps/compare/rule_pairs.h"

namespace rlreason::sweep {
namespace {

using store::RunDetail;

constexpr double kComputeTolerance = 0.02;

std::string environment_of(const RunDetail& detail) {
  std::set<std::string> threads;
  for (const store::AttemptRow& attempt : detail.attempts)
    threads.insert(std::to_string(attempt.threads));
  const size_t torch = detail.build.find("LibTorch ");
  const std::string version =
      torch == std::string::npos
          ? ""
          : detail.build.substr(torch, detail.build.find_first_of(",)", torch) - torch);
  return fmt::format("{} thread(s){}{}", fmt::join(threads, "/"), version.empty() ? "" : ", ",
                     version);
}

// Role of a dataset -> the folder that a training read it from.
std::map<std::string, std::string> datasets_of(const RunDetail& detail) {
  std::map<std::string, std::string> all;
  for (const store::ProducerRow& producer : detail.producers)
    if (producer.role.starts_with("dataset:")) all[producer.role.substr(8)] = producer.path;
  return all;
}

// The last part of a path, where that tells it from the other.
std::string short_name(const std::filesystem::path& path, const std::filesystem::path& other) {
  return path.filename() == other.filename() ? path.string() : path.filename().string();
}

std::optional<double> compute_of(const CellFacts& cell, const std::string& unit) {
  if (!cell.trained) return {};
  const ComputeUsed used = compute_used(*cell.trained);
  return unit == "iterations" ? used.iterations : unit == "seconds" ? used.seconds : used.tokens;
}

}  // namespace

namespace {

// "commit 3f9c2e1"; with its sources where the other one has the same commit, both with local changes.
std::string named(const store::Program& program, const store::Program& other) {
  return terminal::clean(program.commit == other.commit ? program.text() : program.commit);
}

// Names of programs come from run directories, which may be somebody else's.
bool pasteable(const std::string& name) {
  return std::all_of(name.begin(), name.end(), [](unsigned char c) {
    return std::isalnum(c) != 0 || c == '-' || c == '.' || c == '_';
  });
}

// Nothing when both are one program, or too little is known of one to tell.
std::optional<Finding> drift(const RuleContext& context, const char* what,
                             const store::Program& mine, const store::Program& theirs) {
  // Sources that results depend on decide where both are known; another commit may have changed other files only.
  const bool known = !mine.source.empty() && !theirs.source.empty();
  if (known ? mine.source == theirs.source
            : mine.commit.empty() || theirs.commit.empty() || mine.commit == theirs.commit)
    return {};
  Finding finding{.rule = "code-drift",
                  .sentence = fmt::format("{} by commit {}, {} by {}", what, named(mine, theirs),
                                          context.baseline, named(theirs, mine))};
  if (const auto entries = context.input.neutral.between(mine, theirs); !entries.empty()) {
    finding.sentence += ", " + terminal::clean(store::neutral_words(entries));
    finding.warns = true;
    return finding;
  }
  finding.mend =
      "run the rows again with one build in a fresh --runs-dir: " + context.input.fill_command;
  if (pasteable(mine.id()) && pasteable(theirs.id()))
    finding.mend += fmt::format(
        "\nor, if nothing changed that matters: rlreason compare neutral {} {} --reason \"WHY\"",
        mine.id(), theirs.id());
  return finding;
}

store::Program program_of(const RunDetail& run, const std::string& source) {
  return {.source = source, .commit = store::program_of_build(run.build).commit};
}

}  // namespace

Findings find_code_drift(const RuleContext& context) {
  Findings found;
  for (const std::string& row : context.input.rows)
    for (const RulePair& pair : rule_pairs(context, row)) {
      const auto compare = [&](const char* what, const std::optional<RunDetail>& mine,
                               const std::optional<RunDetail>& theirs, const std::string& my_source,
                               const std::string& their_source) {
        if (!mine || !theirs) return;
        auto finding =
            drift(context, what, program_of(*mine, my_source), program_of(*theirs, their_source));
        if (!finding) return;
        finding->row = row;
        finding->seed = pair.seed;
        found.push_back(std::move(*finding));
      };
      if (row != "base")
        compare("trained", pair.mine->trained, pair.baseline->trained, pair.mine->trained_source,
                pair.baseline->trained_source);
      compare("evaluated", pair.mine->evaluated, pair.baseline->evaluated,
              pair.mine->evaluated_source, pair.baseline->evaluated_source);
    }
  return found;
}

// Whether the plan itself gives the two rows different data: a recipe that needs hints, a setting of the dataset.
bool asked_for(const RulePair& pair) {
  if (pair.mine->declared_training.is_null() || pair.baseline->declared_training.is_null())
    return false;
  const std::vector<PathDifference> declared =
      config_difference(pair.baseline->declared_training, pair.mine->declared_training);
  return std::any_of(declared.begin(), declared.end(), [](const PathDifference& d) {
    return d.path.starts_with("data.") && d.path.find(".dataset") != std::string::npos;
  });
}

Findings find_unequal_data(const RuleContext& context) {
  Findings found;
  for (const std::string& row : context.input.rows) {
    std::vector<std::string> meant = meaning_of(context, row).paths;
    meant.insert(meant.end(), context.input.allow_diff.begin(), context.input.allow_diff.end());
    for (const RulePair& pair : rule_pairs(context, row)) {
      if (pair.mine->seed != pair.baseline->seed) continue;
      if (!pair.mine->trained || !pair.baseline->trained) continue;
      const auto mine = datasets_of(*pair.mine->trained),
                 theirs = datasets_of(*pair.baseline->trained);
      for (const auto& [name, path] : mine)
        if (const auto other = theirs.find(name); other != theirs.end() && other->second != path &&
                                                  !path_matches_any("data." + name, meant) &&
                                                  !path_matches_any("data", meant))
          found.push_back(
              {.rule = "data",
               .row = row,
               .seed = pair.seed,
               .sentence =
                   fmt::format("{} is {}, that of {} is {}", name, short_name(path, other->second),
                               context.baseline, short_name(other->second, path)),
               .mend =
                   asked_for(pair)
                       ? fmt::format("the two rows ask for different data; if that is meant: "
                                     "--allow-diff data.{}, or allow_diff: [data.{}] in the plan",
                                     name, name)
                       : "train both on one dataset: " + context.input.fill_command});
    }
    const bool baseline_overlaps = context.input.overlapping.contains(context.baseline);
    if (row != "base" && context.baseline != "base" && row != context.baseline &&
        context.input.overlapping.contains(row) != baseline_overlaps)
      found.push_back({.rule = "data",
                       .row = row,
                       .seed = {},
                       .sentence = fmt::format("only {} was trained on evaluated items",
                                               baseline_overlaps ? context.baseline : row),
                       .mend = "rebuild the dataset without them: rlreason prepare-data SOURCE "
                               "--against SUITE"});
  }
  return found;
}

Findings find_unequal_compute(const RuleContext& context) {
  Findings found;
  const std::string& unit = context.input.compute_match;
  if (unit == "none") return found;
  for (const std::string& row : context.input.rows) {
    if (row == "base" || context.baseline == "base") continue;
    for (const RulePair& pair : rule_pairs(context, row)) {
      const auto mine = compute_of(*pair.mine, unit), theirs = compute_of(*pair.baseline, unit);
      if (!mine || !theirs || *theirs <= 0) continue;
      const double off = *mine / *theirs - 1;
      if (std::abs(off) <= kComputeTolerance) continue;
      found.push_back({.rule = "compute",
                       .row = row,
                       .seed = pair.seed,
                       .sentence = fmt::format("{:.0f} {}, {} had {:.0f} ({:+.1f} %)", *mine, unit,
                                               context.baseline, *theirs, 100 * off),
                       .mend = "match it with train_set: [update.until_tokens=N], then " +
                               context.input.fill_command});
    }
  }
  return found;
}

Findings find_invalidated(const RuleContext& context) {
  Findings found;
  for (const CellFacts& cell : context.input.cells)
    for (const auto* run : {&cell.training, &cell.evaluation}) {
      if (!*run) continue;
      const auto reasons = context.input.invalid.find((*run)->uid);
      if (reasons == context.input.invalid.end()) continue;
      found.push_back({.rule = "invalidated",
                       .row = cell.row,
                       .seed = cell.seed,
                       .sentence = fmt::format("{} was invalidated: {}", (*run)->name,
                                               fmt::join(reasons->second, "; ")),
                       .mend = "run it again: " + context.input.fill_command +
                               (context.input.fill_command.starts_with("rlreason sweep run")
                                    ? " --redo-invalid"
                                    : "")});
    }
  return found;
}

// Between rows rather than within all: no environment of the row is one of the baseline.
Findings find_unequal_environments(const RuleContext& context) {
  Findings found;
  const auto environments = [&](const std::string& row) {
    std::set<std::string> all;
    for (const CellFacts& cell : context.input.cells)
      if (cell.row == row && cell.trained) all.insert(environment_of(*cell.trained));
    return all;
  };
  const std::set<std::string> theirs = environments(context.baseline);
  for (const std::string& row : context.input.rows) {
    const std::set<std::string> mine = environments(row);
    const bool common = std::any_of(mine.begin(), mine.end(),
                                    [&](const std::string& e) { return theirs.contains(e); });
    if (row == "base" || context.baseline == "base" || mine.empty() || theirs.empty() || common)
      continue;
    found.push_back({.rule = "environment",
                     .row = row,
                     .seed = {},
                     .sentence = fmt::format("ran with {}, {} with {}", fmt::join(mine, " and "),
                                             context.baseline, fmt::join(theirs, " and ")),
                     .mend = "",
                     .warns = true});
  }
  return found;
}

Findings find_nonfinite(const RuleContext& context) {
  Findings found;
  const std::set<std::string> series = {"train/loss", "train/grad_norm", "rollout/reward",
                                        context.input.curve.metric};
  for (const CellFacts& cell : context.input.cells) {
    if (!cell.trained || cell.trained->row.state != store::RunState::done) continue;
    for (const store::MetricSummary& metric : cell.trained->metrics)
      if (metric.n_nonfinite > 0 && series.contains(metric.metric))
        found.push_back(
            {.rule = "nonfinite",
             .row = cell.row,
             .seed = cell.seed,
             .sentence = fmt::format("{} of {} values of {} are no numbers", metric.n_nonfinite,
                                     metric.n + metric.n_nonfinite, metric.metric),
             .mend = fmt::format("look at it: rlreason show {}", cell.trained->row.name)});
  }
  return found;
}

}  // namespace rlreason::sweep
