// Rules about evaluations: incomplete, protocol, truncated.
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>

#include "sweeps/compare/config_paths.h"
#include "sweeps/compare/rules.h"

namespace rlreason::sweep {
namespace {

constexpr double kTruncated = 0.02;

// Items that the plan's suite asks for; 0 when it takes all there are.
int64_t planned_items(const CellFacts& cell, const std::string& suite) {
  if (!cell.declared_evaluation.is_object()) return 0;
  for (const auto& planned : cell.declared_evaluation.value("suites", nlohmann::json::array()))
    if (planned.is_object() && planned.value("name", "") == suite &&
        planned.value("task", "") != "" && planned.value("prompts", nlohmann::json()).is_number())
      return planned["prompts"].get<int64_t>();
  return 0;
}

// What a cell lacks, as a sentence; empty when it is complete.
std::string lacking(const RuleContext& context, const std::string& row, uint64_t seed) {
  std::vector<std::string> missing;
  for (const std::string& suite : context.suites()) {
    const store::EvalFacts* facts = context.facts(row, seed, suite);
    if (facts == nullptr) {
      missing.push_back(suite);
      continue;
    }
    const int64_t planned = planned_items(*context.cell(row, seed), suite);
    if (static_cast<int64_t>(facts->items.size()) < planned)
      return fmt::format("{} of {} items of {}", facts->items.size(), planned, suite);
  }
  if (!missing.empty()) return fmt::format("no result for {}", fmt::join(missing, ", "));
  const CellFacts* cell = context.cell(row, seed);
  const bool unfinished =
      cell != nullptr && cell->evaluation && cell->evaluation->state != store::RunState::done;
  return unfinished ? "its evaluation has not finished" : "";
}

// The fields in which two protocols differ: "temperature 0.6 and 1.0".
std::string protocol_difference(const store::EvalFacts& a, const store::EvalFacts& b) {
  std::vector<std::string> words;
  for (const PathDifference& d : config_difference(a.row.protocol, b.row.protocol))
    if (d.path != "digest")
      words.push_back(fmt::format("{} ({} and {})", d.path, shown_value(d.a), shown_value(d.b)));
  return words.empty() ? "another protocol"
                       : fmt::format("another {}", fmt::join(words, ", another "));
}

std::string unequal(const store::EvalFacts& a, const store::EvalFacts& b) {
  if (a.row.key.protocol_digest != b.row.key.protocol_digest) return protocol_difference(a, b);
  if (a.row.key.dataset_digest != b.row.key.dataset_digest) return "other prompts";
  if (a.row.n_items != b.row.n_items || a.row.n_samples != b.row.n_samples)
    return "another number of samples";
  const bool same = std::equal(a.items.begin(), a.items.end(), b.items.begin(), b.items.end(),
                               [](auto& x, auto& y) { return x.id == y.id; });
  return same ? "" : "other items";
}

struct Truncation {
  int64_t samples = 0, truncated = 0, right = 0;
  double share() const {
    return samples > 0 ? static_cast<double>(truncated) / static_cast<double>(samples) : 0;
  }
  double accuracy() const {
    return samples > 0 ? static_cast<double>(right) / static_cast<double>(samples) : 0;
  }
};

Truncation truncation(const RuleContext& context, const std::string& row,
                      const std::string& suite) {
  Truncation sum;
  for (uint64_t seed : context.input.seeds)
    if (const store::EvalFacts* facts = context.facts(row, seed, suite))
      for (const store::ItemFact& item : facts->items)
        for (const store::SampleFact& sample : item.samples) {
          ++sum.samples;
          sum.truncated += sample.finish == "length";
          sum.right += sample.outcome == "right";
        }
  return sum;
}

}  // namespace

Findings find_incomplete(const RuleContext& context) {
  Findings found;
  for (const std::string& row : context.input.rows)
    for (uint64_t seed : context.input.seeds)
      if (const std::string what = lacking(context, row, seed); !what.empty())
        found.push_back({.rule = "incomplete",
                         .row = row,
                         .seed = seed,
                         .sentence = what,
                         .mend = context.input.fill_command});
  return found;
}

// Rows are paired at a seed: same prompts, same sampling, same number of samples.
Findings find_unequal_protocols(const RuleContext& context) {
  Findings found;
  for (const std::string& suite : context.suites()) {
    for (uint64_t seed : context.input.seeds) {
      std::string first_row;
      const store::EvalFacts* first = nullptr;
      for (const std::string& row : context.input.rows) {
        const store::EvalFacts* here = context.facts(row, seed, suite);
        if (here == nullptr) continue;
        if (first == nullptr) {
          first = here;
          first_row = row;
        } else if (const std::string why = unequal(*first, *here); !why.empty()) {
          found.push_back(
              {.rule = "protocol",
               .row = row,
               .seed = seed,
               .sentence = fmt::format("{} was evaluated with {} than {}", suite, why, first_row),
               .mend = "evaluate both with one version: " + context.input.fill_command});
        }
      }
    }
  }
  return found;
}

namespace {

// One row and the baseline on one suite, where only one of them is cut.
struct Cut {
  std::string suite;
  double mine, baseline;  // shares
  bool matters;  // with every cut response right, the row that was cut would reach the other one
};

std::optional<Cut> cut_of(const RuleContext& context, const std::string& row,
                          const std::string& suite) {
  const Truncation baseline = truncation(context, context.baseline, suite),
                   here = truncation(context, row, suite);
  if (here.samples == 0 || baseline.samples == 0) return {};
  const bool mine = here.share() > kTruncated;
  if (mine == (baseline.share() > kTruncated)) return {};
  const Truncation &cut = mine ? here : baseline, &whole = mine ? baseline : here;
  return Cut{suite, here.share(), baseline.share(),
             cut.accuracy() < whole.accuracy() && cut.accuracy() + cut.share() >= whole.accuracy()};
}

}  // namespace

Findings find_truncated(const RuleContext& context) {
  Findings found;
  for (const std::string& row : context.input.rows) {
    if (row == context.baseline) continue;
    std::string refused, noted;
    for (const std::string& suite : context.suites())
      if (const std::optional<Cut> cut = cut_of(context, row, suite)) {
        const bool refuses = suite == context.metrics.front().suite && cut->matters;
        std::string& text = refuses ? refused : noted;
        text += fmt::format("{}{:.1f} % of its responses on {} ({}: {:.1f} %)",
                            text.empty() ? "" : ", ", 100 * cut->mine, suite, context.baseline,
                            100 * cut->baseline);
      }
    for (const std::string* text : {&refused, &noted})
      if (!text->empty())
        found.push_back({.rule = "truncated",
                         .row = row,
                         .seed = {},
                         .sentence = "the length limit was hit by " + *text,
                         .mend = "raise max_new_tokens of the suite and evaluate again: " +
                                 context.input.fill_command,
                         .warns = text == &noted});
  }
  return found;
}

}  // namespace rlreason::sweep
