// Where pools come from: load_pool of sweeps/analysis/pool.h.
#include <set>

#include "core/error.h"
#include "core/runlog/reader.h"
#include "datasets/dataset.h"
#include "datasets/verifiers/verifier.h"
#include "evaluators/stored_texts.h"
#include "sweeps/analysis/pool.h"
#include "sweeps/run_files.h"

namespace rlreason::sweep {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;

data::Outcome outcome_of(const std::string& word, const std::string& where) {
  for (const data::Outcome own :
       {data::Outcome::right, data::Outcome::wrong, data::Outcome::unscored})
    if (word == data::to_string(own)) return own;
  throw DataError("{}: required an outcome, '{}' came", where, word);
}

Pool of_dataset(const fs::path& folder) {
  const data::Dataset dataset = data::Dataset::load(folder);
  Pool pool{.name = folder.filename().string(), .kind = "dataset", .problems = 0, .entries = {}};
  for (const data::Prompt& prompt : dataset.prompts) {
    ++pool.problems;
    for (const data::Demonstration& own : prompt.demonstrations) {
      const data::Verdict verdict =
          own.verdict.rule.empty() ? data::verify(prompt, own.text) : own.verdict;
      pool.entries.push_back({.problem = prompt.id,
                              .prompt = prompt.text,
                              .text = own.text,
                              .answer = verdict.answer,
                              .source = "demonstration",
                              .teacher = own.teacher,
                              .style = own.style,
                              .outcome = verdict.outcome});
    }
  }
  return pool;
}

// Rollout records, a resumed attempt's in place of those it repeated.
Pool of_training(const fs::path& run) {
  std::map<int64_t, json> records;
  runlog::Reader reader(run);
  runlog::Cursor cursor;
  for (auto read = reader.read(cursor); !read.empty(); read = reader.read(cursor))
    for (const runlog::Record& record : read)
      if (record.kind == runlog::Kind::rollout)
        records[record.payload.at("iteration").get<int64_t>()] = record.payload.at("rows");
  Pool pool{.name = run.filename().string(), .kind = "rollouts", .problems = 0, .entries = {}};
  std::set<std::string> problems;
  for (const auto& [iteration, rows] : records)
    for (const json& row : rows) {
      const std::string id = row.at("prompt_id");
      problems.insert(id);
      pool.entries.push_back({.problem = id,
                              .prompt = row.at("prompt"),
                              .text = row.at("text"),
                              .answer = "",
                              .source = row.at("source"),
                              .teacher = "",
                              .style = "",
                              .outcome = outcome_of(row.at("outcome"), run.string()),
                              .ended = row.at("finish") != "length"});
    }
  pool.problems = static_cast<int64_t>(problems.size());
  return pool;
}

Pool of_evaluation(const fs::path& folder, const store::RunRow& run, const store::Store& store) {
  Pool pool{.name = folder.filename().string(), .kind = "responses", .problems = 0, .entries = {}};
  for (const store::EvalFacts& facts : store.all_facts(run.uid)) {
    std::map<std::pair<std::string, int64_t>, const store::SampleFact*> known;
    for (const store::ItemFact& item : facts.items) {
      ++pool.problems;
      for (const store::SampleFact& sample : item.samples)
        known[{item.id, sample.sample}] = &sample;
    }
    for (const std::string& file : facts.row.texts)
      eval::for_each_text(folder / file, [&](eval::StoredText text) {
        const auto fact = known.find({text.id, text.sample});
        if (fact == known.end()) return;
        pool.entries.push_back({.problem = facts.row.key.suite + "/" + text.id,
                                .prompt = text.prompt,
                                .text = text.text,
                                .answer = fact->second->answer,
                                .source = "policy",
                                .teacher = "",
                                .style = "",
                                .outcome = outcome_of(fact->second->outcome, folder.string()),
                                .ended = fact->second->finish != "length"});
      });
  }
  return pool;
}

}  // namespace

Pool load_pool(const fs::path& folder, const store::Store* store) {
  if (fs::exists(folder / data::kDataFile)) return of_dataset(folder);
  if (fs::exists(folder / "dataset" / data::kDataFile)) return of_dataset(folder / "dataset");
  const json run = read_run(folder);
  const std::string kind = run.is_object() ? run.value("kind", "") : "";
  if (kind == "train") return of_training(folder);
  if (kind == "evaluate" && store != nullptr)
    return of_evaluation(folder, store->find_run(folder.string()), *store);
  throw DataError(
      "{}: required a dataset's folder, a training or an evaluation, it is none of them",
      folder.string());
}

}  // namespace rlreason::sweep
