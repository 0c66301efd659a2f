#include "sweeps/rescore.h"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <map>
#include <set>
#include <thread>

#include "core/config/describe.h"
#include "core/digest.h"
#include "core/error.h"
#include "core/store/invalidations.h"
#include "core/terminal/text.h"
#include "datasets/verifiers/verifier.h"
#include "evaluators/metrics.h"
#include "evaluators/stored_texts.h"
#include "sweeps/responses_run.h"

namespace rlreason::sweep {
namespace fs = std::filesystem;
using nlohmann::json;
namespace {

using SampleKey = std::pair<std::string, int64_t>;

std::map<SampleKey, eval::StoredText> texts_of(const StoredEvaluation& evaluation) {
  if (evaluation.facts.row.texts.empty())
    throw DataError(
        "{}: required the responses' texts of suite {}, none were kept; evaluate again with texts",
        evaluation.run.name, evaluation.facts.row.key.suite);
  std::map<SampleKey, eval::StoredText> texts;
  for (const std::string& file : evaluation.facts.row.texts)
    eval::for_each_text(fs::path(evaluation.run.directory) / file, [&](eval::StoredText text) {
      SampleKey key{text.id, text.sample};
      texts[std::move(key)] = std::move(text);
    });
  return texts;
}

// In the order of the map; pure, so any number of threads gives the same.
std::vector<data::Verdict> judge_all(const std::map<SampleKey, eval::StoredText>& texts,
                                     const std::string& name, const RescoreOptions& options) {
  const data::VerifierInfo& verifier = data::find_verifier(name);
  std::vector<const eval::StoredText*> list;
  for (const auto& [key, text] : texts) list.push_back(&text);
  std::vector<data::Verdict> verdicts(list.size());
  std::atomic<size_t> next = 0, done = 0;
  const auto work = [&] {
    for (size_t i = next++; i < list.size(); i = next++, ++done)
      verdicts[i] = verifier.verify(
          {.gold = list[i]->gold, .choices = list[i]->choices, .options = list[i]->options},
          list[i]->text);
  };
  std::vector<std::jthread> threads;
  for (unsigned t = 0; t < std::max(1u, options.threads); ++t) threads.emplace_back(work);
  while (next < list.size()) {
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
    if (options.progress) options.progress(done, list.size());
  }
  threads.clear();
  return verdicts;
}

store::SampleFact judged_fact(store::SampleFact fact, const data::Verdict& verdict) {
  fact.outcome = std::string(data::to_string(verdict.outcome));
  fact.rule = verdict.rule;
  fact.reason = verdict.reason;
  fact.answer = verdict.answer;
  return fact;
}

json items_json(const store::EvalFacts& facts) {
  json items = json::array();
  for (const store::ItemFact& item : facts.items) {
    json samples = json::array();
    for (const store::SampleFact& fact : item.samples)
      samples.push_back({{"sample", fact.sample},
                         {"outcome", fact.outcome},
                         {"rule", fact.rule},
                         {"reason", fact.reason},
                         {"answer", fact.answer},
                         {"length", fact.length},
                         {"finish", fact.finish},
                         {"flags", fact.flags}});
    items.push_back({{"id", item.id}, {"samples", std::move(samples)}});
  }
  return items;
}

const eval::StoredText& text_at(const std::map<SampleKey, eval::StoredText>& texts,
                                const std::string& id, int64_t sample,
                                const StoredEvaluation& evaluation) {
  const auto found = texts.find({id, sample});
  if (found == texts.end())
    throw DataError(
        "{}: required the text of item '{}' sample {} of suite {}, it is not in the stored texts; "
        "evaluate again",
        evaluation.run.name, id, sample, evaluation.facts.row.key.suite);
  return found->second;
}

store::EvalFacts facts_by(const StoredEvaluation& evaluation,
                          const std::map<SampleKey, eval::StoredText>& texts,
                          const std::vector<data::Verdict>& verdicts) {
  std::map<SampleKey, const data::Verdict*> by_key;
  size_t at = 0;
  for (const auto& [key, text] : texts) by_key[key] = &verdicts[at++];
  store::EvalFacts facts = evaluation.facts;
  for (store::ItemFact& item : facts.items)
    for (store::SampleFact& fact : item.samples) {
      text_at(texts, item.id, fact.sample, evaluation);
      fact = judged_fact(std::move(fact), *by_key.at({item.id, fact.sample}));
    }
  return facts;
}

FinishedEvaluation rescored_evaluation(const StoredEvaluation& evaluation,
                                       const std::string& verifier) {
  const store::EvalKey& key = evaluation.facts.row.key;
  const data::VerifierInfo& info = data::find_verifier(verifier);
  FinishedEvaluation finished;
  finished.config = {{"rescored", evaluation.run.identity},
                     {"run", evaluation.run.name},
                     {"suite", key.suite},
                     {"iteration", key.iteration},
                     {"protocol", key.protocol_digest},
                     {"verifier", fmt::format("{}@{}", info.name, info.version)}};
  json identity = finished.config;
  identity.erase("run");
  identity["seed"] = evaluation.run.seed;
  finished.identity = sha256(config::canonical(identity));
  finished.name =
      fmt::format("{}-{}-{}-{:.8}", evaluation.run.name, key.suite, verifier, finished.identity);
  finished.recipe = evaluation.run.recipe;
  finished.setting = kRescoredSetting;
  finished.seed = evaluation.run.seed;
  finished.producers = {{{"role", "responses"},
                         {"identity", evaluation.run.identity},
                         {"path", evaluation.run.name}}};
  finished.suite = key.suite;
  finished.dataset_digest = key.dataset_digest;
  finished.checkpoint = key.checkpoint;
  finished.iteration = key.iteration;
  finished.protocol = grading_protocol(key.suite, verifier, key.dataset_digest, kRescoredSetting);
  return finished;
}

std::string stored_verifier(const StoredEvaluation& evaluation) {
  const json& protocol = evaluation.facts.row.protocol;
  const json verifiers =
      protocol.is_object() ? protocol.value("verifiers", json::array()) : json::array();
  if (verifiers.size() != 1 || !verifiers.front().is_string())
    throw DataError("{}: required an evaluation by one verifier, {} came; rescore with a named one",
                    evaluation.run.name, verifiers.dump());
  return verifiers.front();
}

}  // namespace

std::vector<StoredEvaluation> stored_evaluations(const store::Store& store,
                                                 const std::string& target,
                                                 const std::vector<std::string>& suites) {
  store::RunFilter filter;
  filter.kind = "evaluate";
  filter.recipe = target;
  filter.setting = kGivenSetting;
  filter.state = store::RunState::done;
  std::vector<store::RunRow> runs = store.runs(filter);
  const bool system = !runs.empty();
  if (!system) runs = {store.find_run(target)};
  std::vector<StoredEvaluation> found;
  std::set<std::string> seen;
  for (const store::RunRow& run : runs)
    for (store::EvalFacts& facts : store.all_facts(run.uid)) {
      const std::string suite = facts.row.key.suite;
      const bool wanted =
          suites.empty() || std::find(suites.begin(), suites.end(), suite) != suites.end();
      if (!wanted || facts.items.empty() || (system && !seen.insert(suite).second)) continue;
      found.push_back({run, std::move(facts)});
    }
  if (found.empty())
    throw UserError("evaluate: required a stored evaluation{}, '{}' has none; see rlreason runs",
                    suites.empty() ? "" : " of this suite", target);
  return found;
}

Rescored rescore(const StoredEvaluation& evaluation, const std::vector<std::string>& verifiers,
                 const fs::path& runs_dir, store::Store& store, const RescoreOptions& options) {
  for (const std::string& verifier : verifiers) data::find_verifier(verifier);
  const auto ledger = store::invalid_runs(store);
  if (const auto wrong = ledger.find(evaluation.run.uid); wrong != ledger.end())
    throw RefusedError(
        "{}: required responses of a run that nobody declared invalid, this one was: {}; evaluate "
        "again, or take the entry back with 'rlreason compare invalidate --undo'",
        evaluation.run.name, terminal::clean(wrong->second.front()));
  const auto texts = texts_of(evaluation);
  Rescored result{.suite = evaluation.facts.row.key.suite, .gradings = {}};
  const json protocol = evaluation.facts.row.protocol;
  const json stored =
      protocol.is_object() ? protocol.value("verifiers", json::array()) : json::array();
  result.gradings.push_back(
      {fmt::format("stored ({})", stored.size() == 1 && stored.front().is_string()
                                      ? stored.front().get<std::string>()
                                      : stored.dump()),
       evaluation.run.name, evaluation.facts});
  std::vector<FinishedEvaluation> finished;
  for (const std::string& verifier : verifiers) {
    store::EvalFacts facts = facts_by(evaluation, texts, judge_all(texts, verifier, options));
    finished.push_back(rescored_evaluation(evaluation, verifier));
    finished.back().items = items_json(facts);
    result.gradings.push_back({verifier, finished.back().name, std::move(facts)});
  }
  std::vector<eval::StoredText> list;
  for (const auto& [key, text] : texts) list.push_back(text);
  for (FinishedEvaluation& one : finished) {
    if (published_evaluation(one.name, one.identity, runs_dir, store, options.redo_invalid))
      continue;
    one.texts = list;
    publish_evaluation(one, runs_dir, store);
  }
  return result;
}

std::vector<Flip> flips(const StoredEvaluation& evaluation, const Rescored& rescored) {
  const auto texts = texts_of(evaluation);
  std::vector<Flip> found;
  const store::EvalFacts& first = rescored.gradings.front().facts;
  for (size_t i = 0; i < first.items.size(); ++i)
    for (size_t n = 0; n < first.items[i].samples.size(); ++n) {
      Flip flip{.item = first.items[i].id,
                .gold = {},
                .sample = first.items[i].samples[n].sample,
                .outcomes = {},
                .answers = {}};
      for (const Grading& grading : rescored.gradings) {
        flip.outcomes.push_back(grading.facts.items[i].samples[n].outcome);
        flip.answers.push_back(grading.facts.items[i].samples[n].answer);
      }
      if (std::set(flip.outcomes.begin(), flip.outcomes.end()).size() < 2) continue;
      flip.gold = text_at(texts, flip.item, flip.sample, evaluation).gold;
      found.push_back(std::move(flip));
    }
  return found;
}

Recheck recheck(const StoredEvaluation& evaluation, const RescoreOptions& options) {
  Recheck result{
      .suite = evaluation.facts.row.key.suite, .run = evaluation.run.name, .differences = {}};
  const std::string named = stored_verifier(evaluation), name = named.substr(0, named.find('@'));
  const data::VerifierInfo& info = data::find_verifier(name);
  if (const std::string present = fmt::format("{}@{}", info.name, info.version); present != named)
    result.differences.push_back(
        fmt::format("the verdicts are of {}, this program has {}", named, present));
  const auto texts = texts_of(evaluation);
  const store::EvalFacts again = facts_by(evaluation, texts, judge_all(texts, name, options));
  const auto differ = [&](const std::string& item, int64_t sample, const char* what,
                          const std::string& stored, const std::string& now) {
    if (stored != now)
      result.differences.push_back(fmt::format("item {} sample {}: {} stored '{}', recomputed '{}'",
                                               item, sample, what, stored, now));
  };
  for (size_t i = 0; i < again.items.size(); ++i)
    for (size_t n = 0; n < again.items[i].samples.size(); ++n) {
      const std::string& id = again.items[i].id;
      const store::SampleFact &before = evaluation.facts.items[i].samples[n],
                              &now = again.items[i].samples[n];
      ++result.samples;
      differ(id, now.sample, "outcome", before.outcome, now.outcome);
      differ(id, now.sample, "rule", before.rule, now.rule);
      differ(id, now.sample, "answer", before.answer, now.answer);
      if (evaluation.run.setting == kGivenSetting)  // in bytes; tokens need the tokenizer
        differ(id, now.sample, "length", std::to_string(before.length),
               std::to_string(text_at(texts, id, now.sample, evaluation).text.size()));
    }
  if (result.samples != evaluation.facts.row.n_samples)
    result.differences.push_back(fmt::format("{} samples are counted, {} are stored",
                                             evaluation.facts.row.n_samples, result.samples));
  if (static_cast<int64_t>(texts.size()) != result.samples)
    result.differences.push_back(
        fmt::format("{} texts are kept for {} samples", texts.size(), result.samples));
  return result;
}

}  // namespace rlreason::sweep
