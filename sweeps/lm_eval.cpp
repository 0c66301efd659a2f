#include "sweeps/lm_eval.h"

#include <cmath>
#include <ctime>
#include <map>

#include "core/build_info.h"
#include "core/digest.h"
#include "core/error.h"
#include "core/process/io.h"
#include "evaluators/metrics.h"
#include "evaluators/stored_texts.h"
#include "evaluators/suite_report.h"

namespace rlreason::sweep {
namespace fs = std::filesystem;
using nlohmann::json;
namespace {

std::string date_of(int64_t ms) {
  const auto seconds = static_cast<std::time_t>(ms / 1000);
  std::tm utc{};
  ::gmtime_r(&seconds, &utc);
  char text[32] = "";
  std::strftime(text, sizeof text, "%Y-%m-%dT%H-%M-%S", &utc);
  return fmt::format("{}.{:06d}", text, ms % 1000 * 1000);
}

json number(double value) { return std::isfinite(value) ? json(value) : json(); }

json metrics_of(const eval::SuiteReport& report) {
  json metrics = {{"alias", report.suite},
                  {"exact_match,none", report.accuracy.value},
                  {"exact_match_stderr,none", number(report.accuracy.standard_error)}};
  for (const eval::CurvePointAtK& point : report.curve) {
    if (point.k == 1) continue;
    metrics[fmt::format("pass@{},none", point.k)] = point.pass;
    metrics[fmt::format("maj@{},none", point.k)] = point.maj;
  }
  const auto stderr_of = [&](const char* name, const std::optional<eval::Interval>& interval) {
    if (interval)
      metrics[fmt::format("{}@{}_stderr,none", name, report.rates.min_samples)] =
          number(interval->standard_error);
  };
  stderr_of("pass", report.pass);
  stderr_of("maj", report.maj);
  return metrics;
}

// One item: what is asked, everything that was answered, and the verdicts.
json line_of(int64_t doc_id, const store::ItemFact& item,
             const std::map<int64_t, const eval::StoredText*>& texts) {
  const eval::StoredText& first = *texts.begin()->second;
  json doc = {{"id", item.id}, {"answer", first.gold}};
  if (!first.choices.empty()) doc["choices"] = first.choices;
  if (!first.category.empty()) doc["category"] = first.category;
  json responses = json::array(), answers = json::array();
  double right = 0;
  for (const store::SampleFact& sample : item.samples) {
    const auto text = texts.find(sample.sample);
    responses.push_back(text == texts.end() ? "" : text->second->text);
    answers.push_back(sample.answer);
    right += sample.outcome == "right";
  }
  return {{"doc_id", doc_id},
          {"doc", doc},
          {"target", first.gold},
          {"arguments", {{"gen_args_0", {{"arg_0", first.prompt}, {"arg_1", json::object()}}}}},
          {"resps", {responses}},
          {"filtered_resps", answers},
          {"filter", "none"},
          {"metrics", {"exact_match"}},
          {"doc_hash", sha256(doc.dump(-1, ' ', false, json::error_handler_t::replace))},
          {"prompt_hash", sha256(first.prompt)},
          {"target_hash", sha256(first.gold)},
          {"exact_match", right / static_cast<double>(item.samples.size())}};
}

struct Samples {
  std::string lines, hash;  // hash over the documents' hashes, as the harness makes task_hashes
};

Samples samples_of(const StoredEvaluation& evaluation) {
  if (evaluation.facts.row.texts.empty())
    throw DataError(
        "{}: required the responses' texts of suite {}, none were kept; evaluate again with texts",
        evaluation.run.name, evaluation.facts.row.key.suite);
  std::vector<eval::StoredText> texts;
  for (const std::string& file : evaluation.facts.row.texts)
    eval::for_each_text(fs::path(evaluation.run.directory) / file,
                        [&](eval::StoredText text) { texts.push_back(std::move(text)); });
  std::map<std::string, std::map<int64_t, const eval::StoredText*>> by_item;
  for (const eval::StoredText& text : texts) by_item[text.id][text.sample] = &text;
  Samples samples;
  std::string hashes;
  int64_t doc_id = 0;
  for (const store::ItemFact& item : evaluation.facts.items) {
    const auto own = by_item.find(item.id);
    if (own == by_item.end())
      throw DataError(
          "{}: required the text of item '{}', it is not in the stored texts; evaluate again",
          evaluation.run.name, item.id);
    const json line = line_of(doc_id++, item, own->second);
    hashes += line.at("doc_hash").get<std::string>() + line.at("prompt_hash").get<std::string>() +
              line.at("target_hash").get<std::string>();
    samples.lines += line.dump(-1, ' ', false, json::error_handler_t::replace) + "\n";
  }
  samples.hash = sha256(hashes);
  return samples;
}

json results_of(const std::vector<StoredEvaluation>& evaluations, int64_t now_ms) {
  json document = {
      {"results", json::object()},        {"group_subtasks", json::object()},
      {"configs", json::object()},        {"versions", json::object()},
      {"n-shot", json::object()},         {"higher_is_better", json::object()},
      {"n-samples", json::object()},      {"task_hashes", json::object()},
      {"git_hash", build_info().version}, {"date", static_cast<double>(now_ms) / 1000.0},
      {"chat_template", nullptr},         {"chat_template_sha", nullptr},
      {"system_instruction", nullptr},    {"system_instruction_sha", nullptr}};
  double seconds = 0;
  for (const StoredEvaluation& one : evaluations) {
    const std::string& task = one.facts.row.key.suite;
    const eval::SuiteReport report = eval::suite_report(task, eval::item_results(one.facts));
    document["results"][task] = metrics_of(report);
    document["group_subtasks"][task] = json::array();
    document["configs"][task] = {{"task", task},
                                 {"output_type", "generate_until"},
                                 {"repeats", report.rates.max_samples},
                                 {"metadata", one.facts.row.protocol}};
    document["versions"][task] = 1;
    document["n-shot"][task] = 0;
    document["higher_is_better"][task] = {{"exact_match", true}};
    document["n-samples"][task] = {{"original", report.rates.items},
                                   {"effective", report.rates.items}};
    if (one.run.ended_ms > one.run.started_ms && one.run.started_ms > 0)
      seconds += static_cast<double>(one.run.ended_ms - one.run.started_ms) / 1000.0;
  }
  const store::RunRow& run = evaluations.front().run;
  document["config"] = {{"model", "rlreason"},    {"model_args", run.recipe},
                        {"batch_size", nullptr},  {"batch_sizes", json::array()},
                        {"device", nullptr},      {"use_cache", nullptr},
                        {"limit", nullptr},       {"bootstrap_iters", 10000},
                        {"gen_kwargs", nullptr},  {"random_seed", run.seed},
                        {"numpy_seed", nullptr},  {"torch_seed", nullptr},
                        {"fewshot_seed", nullptr}};
  document["model_name"] = run.recipe;
  document["model_source"] = "rlreason";
  document["total_evaluation_time_seconds"] = std::to_string(seconds);
  return document;
}

}  // namespace

std::vector<fs::path> write_lm_eval(const std::vector<StoredEvaluation>& evaluations,
                                    const fs::path& directory, int64_t now_ms) {
  RLR_ENSURE(!evaluations.empty(), "no evaluation");
  const std::string date = date_of(now_ms);
  json results = results_of(evaluations, now_ms);
  process::make_directories(directory);
  std::vector<fs::path> files;
  for (const StoredEvaluation& one : evaluations) {
    const std::string& task = one.facts.row.key.suite;
    const Samples samples = samples_of(one);
    results["task_hashes"][task] = samples.hash;
    files.push_back(directory / fmt::format("samples_{}_{}.jsonl", task, date));
    process::write_file_atomic(files.back(), samples.lines);
  }
  files.push_back(directory / fmt::format("results_{}.json",
                                          date));  // last: its presence says that all are there
  process::write_file_atomic(files.back(),
                             results.dump(2, ' ', false, json::error_handler_t::replace) + "\n");
  return files;
}

}  // namespace rlreason::sweep
