#include "evaluators/sampling_run.h"

#include <fmt/core.h>

#include <chrono>
#include <set>

#include "core/digest.h"
#include "core/error.h"
#include "core/process/io.h"
#include "core/process/signals.h"
#include "evaluators/sampling.h"
#include "evaluators/stored_texts.h"

namespace rlreason::eval {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;
using Clock = std::chrono::steady_clock;

constexpr int64_t kBatchSamples = 1024;
constexpr double kBatchSeconds = 10;
constexpr auto kHeartbeatEvery = std::chrono::milliseconds(500);

// A suite's name as part of a file's name.
std::string file_name(std::string name) {
  for (char& c : name)
    if (!std::isalnum(static_cast<unsigned char>(c)) && c != '-' && c != '_') c = '_';
  return name;
}

// One suite of the run: its prompts, its protocol, and what of it is there.
struct Part {
  const Suite& suite;
  std::vector<std::vector<data::Prompt>> prompts;
  json protocol;
  Cells known;
  int64_t batches = 0;

  explicit Part(const Suite& given)
      : suite(given),
        prompts(rotated_prompts(given)),
        protocol(suite_protocol(given, prompts.front())) {}
  int64_t total() const {
    return static_cast<int64_t>(prompts.size() * prompts.front().size()) * suite.samples;
  }
  bool complete() const { return known.size() >= total(); }
};

class Evaluation {
 public:
  Evaluation(const EvaluationRun& run, runlog::Writer& log) : run_(run), log_(log) {
    for (const Suite& suite : run.suites) parts_.emplace_back(suite);
    if (run.texts) process::make_directories(run.run_dir / "artifacts");
    if (!run.resumable) return;
    take_over(run.run_dir, true);
    for (const fs::path& other : run.inherit) take_over(other, false);
  }

  std::vector<std::pair<std::string, double>> run(const engine::Policy& policy,
                                                  const tokenizer::Tokenizer& tokenizer) {
    std::vector<std::pair<std::string, double>> scores;
    for (Part& part : parts_) {
      SampleCounts counts{
          .total = part.total(), .done = part.known.size(), .right = part.known.right()};
      if (run_.texts) write_prompts(part);
      if (!part.complete())
        counts = sample_suite(policy, tokenizer, part.suite, part.prompts, options(part));
      fmt::print(stderr, "{}: {} of {} samples right\n", part.suite.name, counts.right,
                 counts.done);
      scores.emplace_back(part.suite.name, counts.mean());
      finished_ += part.total();
      if (process::stop_requested())
        throw PreemptedError(
            "stopped by a signal in suite {}; run again to evaluate what is missing",
            part.suite.name);
    }
    return scores;
  }

 private:
  // Facts of an earlier attempt are known; another run's are written into this log, with their responses.
  void take_over(const fs::path& from, bool own) {
    for (const json& record : eval_records(from))
      for (Part& part : parts_) {
        if (!same_evaluation(record, part.protocol, run_.iteration, !own)) continue;
        const json items = new_items(record, part.known, part.suite.samples,
                                     static_cast<int64_t>(part.prompts.size()));
        if (items.is_null()) continue;
        part.known.add(items);
        if (own) continue;
        append(part, items, record.value("probes", json::object()),
               copied_texts(part, from, record.value("texts", "")), from.filename().string());
      }
  }

  std::string copied_texts(Part& part, const fs::path& from, const std::string& texts) {
    std::error_code error;
    if (texts.empty() || !run_.texts || !fs::exists(from / texts, error)) return "";
    const std::string name = texts_name(part);
    process::write_file_atomic(run_.run_dir / name, process::read_file(from / texts));
    return name;
  }

  std::string texts_name(Part& part) {
    return fmt::format("artifacts/{}-{}-{}-{}.jsonl.gz", file_name(part.suite.name), run_.iteration,
                       log_.attempt(), part.batches++);
  }

  void append(const Part& part, const json& items, const json& probes, const std::string& texts,
              const std::string& inherited_from) {
    json record = {{"suite", part.suite.name},
                   {"iteration", run_.iteration},
                   {"protocol", part.protocol},
                   {"dataset_digest", part.protocol.at("dataset_digest")},
                   {"checkpoint", run_.checkpoint},
                   {"items", items},
                   {"probes", probes},
                   {"texts", texts}};
    if (!inherited_from.empty()) record["inherited_from"] = inherited_from;
    log_.append(runlog::Kind::eval, record);
  }

  void record(Part& part, const FactsBatch& batch) {
    std::string texts;
    if (!batch.texts.empty()) {
      texts = texts_name(part);
      process::write_file_atomic(run_.run_dir / texts, gzip(batch.texts));
    }
    append(part, batch.items, batch.probes, texts, "");
  }

  void heartbeat(const Part& part, const SampleCounts& counts) {
    if (!run_.resumable || Clock::now() < next_heartbeat_) return;
    next_heartbeat_ = Clock::now() + kHeartbeatEvery;
    int64_t all = 0;
    for (const Part& each : parts_) all += each.total();
    log_.append(runlog::Kind::heartbeat, {{"suite", part.suite.name},
                                          {"done", counts.done},
                                          {"total", counts.total},
                                          {"right", counts.right},
                                          {"all_done", finished_ + counts.done},
                                          {"all_total", all}});
  }

  SamplingOptions options(Part& part) {
    SamplingOptions how;
    how.seed = run_.seed;
    how.slots = run_.slots;
    how.texts = run_.texts;
    how.known = &part.known;
    if (run_.resumable) {
      how.batch_samples = kBatchSamples;
      how.batch_s = kBatchSeconds;
    }
    how.record = [this, &part](const FactsBatch& batch) { record(part, batch); };
    how.progress = [this, &part](const SampleCounts& counts) {
      heartbeat(part, counts);
      return !run_.resumable || !process::stop_requested();
    };
    return how;
  }

  void write_prompts(const Part& part) const {
    json hashes = json::object();
    for (size_t rotation = 0; rotation < part.prompts.size(); ++rotation)
      for (const data::Prompt& prompt : part.prompts[rotation])
        hashes[prompt.id + (rotation == 0 ? "" : "@" + std::to_string(rotation))] =
            sha256(prompt.text).substr(0, 16);
    json file = {{"suite", part.suite.name},
                 {"prompt_template", part.suite.prompt_template},
                 {"dataset_digest", part.protocol.at("dataset_digest")},
                 {"sha256_16", std::move(hashes)}};
    if (!part.suite.confidential) file["first"] = part.prompts.front().front().text;
    process::write_file_atomic(
        run_.run_dir / fmt::format("artifacts/prompts-{}.json", file_name(part.suite.name)),
        file.dump(1, ' ', false, json::error_handler_t::replace) + "\n");
  }

  const EvaluationRun& run_;
  runlog::Writer& log_;
  std::vector<Part> parts_;
  int64_t finished_ = 0;
  Clock::time_point next_heartbeat_ = Clock::now();
};

}  // namespace

std::vector<std::pair<std::string, double>> evaluate_suites(const engine::Policy& policy,
                                                            const tokenizer::Tokenizer& tokenizer,
                                                            const EvaluationRun& run,
                                                            runlog::Writer& log) {
  return Evaluation(run, log).run(policy, tokenizer);
}

}  // namespace rlreason::eval
