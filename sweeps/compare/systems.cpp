#include "sweeps/compare/systems.h"

#include <algorithm>
#include <map>

#include "core/error.h"
#include "core/registry.h"
#include "evaluators/stored_texts.h"
#include "sweeps/compare/refusals.h"
#include "sweeps/finished_evaluation.h"

namespace rlreason::sweep {
namespace {

using store::RunRow;
using store::Store;

std::vector<RunRow> given_runs(const Store& store, const std::string& system) {
  store::RunFilter filter;
  filter.kind = "evaluate";
  filter.recipe = system;
  filter.setting = kGivenSetting;
  filter.state = store::RunState::done;
  return store.runs(filter);
}

nlohmann::json verifiers_of(const store::EvalFacts& facts) {
  return facts.row.protocol.is_object() ? facts.row.protocol.value("verifiers", nlohmann::json())
                                        : nlohmann::json();
}

SystemEvaluation evaluation_of(const std::string& system, const RunRow& run,
                               store::EvalFacts facts) {
  SystemEvaluation evaluation{.system = system, .run = run, .facts = {}, .items = {}, .report = {}};
  evaluation.items = eval::item_results(facts);
  evaluation.report = eval::suite_report(facts.row.key.suite, evaluation.items);
  evaluation.facts = std::move(facts);
  return evaluation;
}

bool wanted(const SystemsOptions& options, const std::string& suite) {
  return options.suites.empty() ||
         std::find(options.suites.begin(), options.suites.end(), suite) != options.suites.end();
}

// The newest run of each suite; others are noted.
std::vector<SystemEvaluation> of_system(const Store& store, const std::string& system,
                                        const SystemsOptions& options,
                                        std::vector<std::string>& notes) {
  std::map<std::string, SystemEvaluation> by_suite;
  std::map<std::string, int64_t> gradings;
  for (const RunRow& run : given_runs(store, system))  // newest first
    for (store::EvalFacts& facts : store.all_facts(run.uid)) {
      const std::string suite = facts.row.key.suite;
      if (facts.items.empty() || !wanted(options, suite) || ++gradings[suite] > 1) continue;
      by_suite.emplace(suite, evaluation_of(system, run, std::move(facts)));
    }
  std::vector<SystemEvaluation> found;
  for (auto& [suite, evaluation] : by_suite) {
    if (gradings[suite] > 1)
      notes.push_back(
          fmt::format("{} has {} gradings of {}: the newest counts ({}); name a run for another",
                      system, gradings[suite], suite, evaluation.run.name));
    found.push_back(std::move(evaluation));
  }
  return found;
}

// A run's last evaluation of each suite.
std::vector<SystemEvaluation> of_run(const Store& store, const RunRow& run,
                                     const SystemsOptions& options) {
  std::map<std::string, store::EvalFacts> last;
  for (store::EvalFacts& facts : store.all_facts(run.uid)) {
    const auto known = last.find(facts.row.key.suite);
    if (facts.items.empty() || !wanted(options, facts.row.key.suite)) continue;
    if (known != last.end() && known->second.row.key.iteration > facts.row.key.iteration) continue;
    last[facts.row.key.suite] = std::move(facts);
  }
  std::vector<SystemEvaluation> found;
  for (auto& [suite, facts] : last) found.push_back(evaluation_of(run.name, run, std::move(facts)));
  return found;
}

// The items that both have, in one order.
struct CommonItems {
  std::vector<eval::ItemResults> a, b;
  size_t only_a = 0, only_b = 0;
};

CommonItems common_items(const SystemEvaluation& a, const SystemEvaluation& b) {
  CommonItems common;
  std::map<std::string, const eval::ItemResults*> other;
  for (const auto& item : b.items) other[item.id] = &item;
  for (const auto& item : a.items) {
    const auto match = other.find(item.id);
    if (match == other.end()) continue;
    common.a.push_back(item);
    common.b.push_back(*match->second);
  }
  common.only_a = a.items.size() - common.a.size();
  common.only_b = b.items.size() - common.b.size();
  return common;
}

void check_pair(const SystemEvaluation& a, const SystemEvaluation& b, const CommonItems& common,
                Refusals& refusals) {
  const std::string& suite = a.report.suite;
  if (common.a.empty())
    throw RefusedError(
        "{} and {}: required common items of suite {}, there are none; compare gradings of the "
        "same items",
        a.system, b.system, suite);
  if (common.only_a + common.only_b > 0)
    refusals.add({.rule = "incomplete", .sentence = fmt::format("{}: {} items only {} has and {} only {} has; {} are common", suite,
                             common.only_a, a.system, common.only_b, b.system, common.a.size())});
  else if (a.run.setting == kGivenSetting && b.run.setting == kGivenSetting &&
           a.facts.row.key.dataset_digest != b.facts.row.key.dataset_digest)
    refusals.add({.rule = "incomplete", .sentence = fmt::format("{}: {} and {} have the same ids with different golds or choices",
                             suite, a.system, b.system)});
  if (verifiers_of(a.facts) != verifiers_of(b.facts))
    refusals.add({.rule = "protocol", .sentence = fmt::format("{}: {} was judged by {}, {} by {}", suite, a.system,
                             verifiers_of(a.facts).dump(), b.system, verifiers_of(b.facts).dump())});
}

double share(const eval::ItemResults& item) {
  return static_cast<double>(item.right()) / static_cast<double>(item.samples.size());
}

// Texts of the first sample of these items, where the run kept them.
std::map<std::string, eval::StoredText> first_texts(const SystemEvaluation& evaluation,
                                                    const std::set<std::string>& ids) {
  std::map<std::string, eval::StoredText> texts;
  for (const std::string& file : evaluation.facts.row.texts)
    eval::for_each_text(std::filesystem::path(evaluation.run.directory) / file,
                        [&](eval::StoredText text) {
                          if (text.sample == 0 && ids.contains(text.id))
                            texts[text.id] = std::move(text);
                        });
  return texts;
}

std::vector<DiscordantItem> discordant_items(const SystemEvaluation& a, const SystemEvaluation& b,
                                             const CommonItems& common,
                                             const eval::PairedComparison& test, int64_t texts) {
  std::vector<DiscordantItem> items;
  std::set<std::string> ids;
  for (const size_t i : test.discordant) {
    items.push_back({.id = common.a[i].id,
                     .gold = {},
                     .share_a = share(common.a[i]),
                     .share_b = share(common.b[i]),
                     .answer_a = common.a[i].samples.front().answer,
                     .answer_b = common.b[i].samples.front().answer,
                     .text_a = {},
                     .text_b = {}});
    if (static_cast<int64_t>(ids.size()) < texts) ids.insert(items.back().id);
  }
  if (ids.empty()) return items;
  auto of_a = first_texts(a, ids), of_b = first_texts(b, ids);
  for (DiscordantItem& item : items) {
    if (const auto own = of_a.find(item.id); own != of_a.end()) {
      item.gold = own->second.gold;
      item.text_a = own->second.text;
    }
    if (const auto own = of_b.find(item.id); own != of_b.end()) item.text_b = own->second.text;
  }
  return items;
}

class Builder {
 public:
  Builder(const Store& store, const std::vector<std::string>& names, const SystemsOptions& options)
      : options_(options), refusals_("compare", options.allow) {
    for (const std::string& name : names) add(store, name);
    for (const SystemEvaluation& evaluation : result_.evaluations)
      if (!has(result_.suites, evaluation.report.suite))
        result_.suites.push_back(evaluation.report.suite);
    std::sort(result_.suites.begin(), result_.suites.end());
    if (result_.suites.empty())
      throw UserError("compare: required evaluated suites, none of these were; see rlreason runs");
    std::stable_sort(result_.evaluations.begin(), result_.evaluations.end(),
                     [](const auto& x, const auto& y) { return x.report.suite < y.report.suite; });
  }

  SystemsComparison build() {
    if (!options_.baseline.empty() && !has(result_.systems, options_.baseline))
      throw UserError("--baseline: required one of the systems, '{}' came; did you mean '{}'?",
                      options_.baseline, nearest(options_.baseline, result_.systems));
    for (const std::string& suite : result_.suites) add_pairs(suite);
    for (const Note& note : refusals_.settle())
      result_.notes.push_back(note.rule + ": " + note.sentence);
    correct();
    if (result_.suites.size() > 1) add_macro();
    return std::move(result_);
  }

 private:
  static bool has(const std::vector<std::string>& list, const std::string& name) {
    return std::find(list.begin(), list.end(), name) != list.end();
  }

  void add(const Store& store, const std::string& name) {
    std::vector<SystemEvaluation> found = of_system(store, name, options_, result_.notes);
    std::string label = name;
    if (found.empty()) {
      const RunRow run = store.find_run(name);
      if (run.kind != "evaluate")
        throw UserError(
            "compare: required systems or evaluations, '{}' is of kind {}; evaluate it first",
            run.name, run.kind);
      label = run.name;
      found = of_run(store, run, options_);
    }
    if (found.empty())
      throw UserError("compare: required an evaluation of {}, '{}' has none; evaluate it first",
                      options_.suites.empty() ? "a suite" : "these suites", name);
    if (has(result_.systems, label))
      throw UserError("compare: required different systems, '{}' came twice", label);
    result_.systems.push_back(label);
    for (SystemEvaluation& evaluation : found) result_.evaluations.push_back(std::move(evaluation));
  }

  const SystemEvaluation* find(const std::string& system, const std::string& suite) const {
    for (const SystemEvaluation& evaluation : result_.evaluations)
      if (evaluation.system == system && evaluation.report.suite == suite) return &evaluation;
    return nullptr;
  }

  void add_pairs(const std::string& suite) {
    for (size_t i = 0; i < result_.systems.size(); ++i)
      for (size_t j = i + 1; j < result_.systems.size(); ++j) {
        const std::string &a = result_.systems[i], &b = result_.systems[j];
        if (!options_.baseline.empty() && a != options_.baseline && b != options_.baseline)
          continue;
        const SystemEvaluation *first = find(a, suite), *second = find(b, suite);
        if (first == nullptr || second == nullptr)
          refusals_.add({.rule = "incomplete",
                         .sentence = fmt::format("{}: {} has no evaluation of it", suite,
                                                 first == nullptr ? a : b)});
        else
          add_pair(*first, *second);
      }
  }

  void add_pair(const SystemEvaluation& a, const SystemEvaluation& b) {
    const CommonItems common = common_items(a, b);
    check_pair(a, b, common, refusals_);
    SystemPair pair{.a = a.system,
                    .b = b.system,
                    .suite = a.report.suite,
                    .test = {},
                    .boundary = {},
                    .discordant = {}};
    pair.test = eval::compare_items(common.a, common.b);
    pair.boundary = eval::boundary(common.a, common.b);
    pair.discordant = discordant_items(a, b, common, pair.test, options_.texts);
    result_.pairs.push_back(std::move(pair));
  }

  void correct() {
    std::vector<double> p_values;
    for (const SystemPair& pair : result_.pairs) p_values.push_back(pair.test.p);
    const std::vector<double> adjusted = eval::holm(p_values);
    for (size_t i = 0; i < adjusted.size(); ++i) result_.pairs[i].p_holm = adjusted[i];
  }

  void add_macro() {
    std::map<std::string, std::vector<eval::Interval>> values;
    std::vector<std::string> order;
    const auto add = [&](const std::string& label, const eval::Interval& value) {
      if (!values.contains(label)) order.push_back(label);
      values[label].push_back(value);
    };
    for (const SystemEvaluation& evaluation : result_.evaluations)
      add(evaluation.system, evaluation.report.accuracy);
    for (const SystemPair& pair : result_.pairs) add(pair.a + " - " + pair.b, pair.test.difference);
    for (const std::string& label : order)
      if (values[label].size() == result_.suites.size())
        result_.macro.push_back({label, eval::macro_average(values[label])});
  }

  const SystemsOptions& options_;
  Refusals refusals_;
  SystemsComparison result_;
};

}  // namespace

bool is_system(const Store& store, const std::string& name) {
  if (!given_runs(store, name).empty()) return true;
  try {
    const std::string setting = store.find_run(name).setting;
    return setting == kGivenSetting || setting == kRescoredSetting;
  } catch (const UserError&) {
    return false;
  }
}

SystemsComparison compare_systems(const Store& store, const std::vector<std::string>& names,
                                  const SystemsOptions& options) {
  return Builder(store, names, options).build();
}

}  // namespace rlreason::sweep
