#include "cli/engine_analyze.h"

#include <chrono>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <utility>

#include "core/error.h"
#include "core/process/io.h"
#include "core/terminal/progress.h"
#include "trainers/text_scores.h"
#include "trainers/weight_report.h"

namespace rlreason {

void run_analyze(const std::filesystem::path& job) {
  const auto json = nlohmann::json::parse(process::read_file(job / "job.json"), nullptr, false);
  if (!json.is_object() || !json.contains("what"))
    throw DataError("{}: required an analysis, something else came", (job / "job.json").string());
  const std::string what = json.at("what");
  std::unique_ptr<terminal::Progress> line;
  const auto start = std::chrono::steady_clock::now();
  const auto progress = [&](uint64_t done, uint64_t total) {
    if (!line && std::chrono::steady_clock::now() - start < std::chrono::seconds(2)) return;
    if (!line) {
      terminal::ProgressOptions options;
      options.total = total;
      options.quiet = json.value("quiet", false);
      line = std::make_unique<terminal::Progress>(what, std::move(options));
    }
    line->update(done);
  };
  nlohmann::json report;
  if (what == "weights")
    report = train::weight_report(json, progress);
  else if (what == "scores")
    report = train::text_scores(json, process::read_file(job / "texts.jsonl"), progress);
  else
    throw DataError("{}: required a known analysis, '{}' came", (job / "job.json").string(), what);
  line.reset();
  process::write_file_atomic(job / "output.json", report.dump());
}

}  // namespace rlreason
