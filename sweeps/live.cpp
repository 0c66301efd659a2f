#include "sweeps/live.h"

#include <fmt/core.h>

#include "core/runlog/frame.h"
#include "core/terminal/text.h"

namespace rlreason::sweep {
namespace {

// One number of the record with a word in front; nothing when it was not measured.
void append(std::string& text, const LiveStep& step, const char* metric, const char* word,
            int digits) {
  const auto value = step.values.find(metric);
  if (value == step.values.end()) return;
  text += fmt::format("{}{} {:.{}f}", text.empty() ? "" : "  ", word, runlog::to_double(*value),
                      digits);
}

}  // namespace

std::string describe_step(const LiveStep& step) {
  std::string text;
  append(text, step, "rollout/reward", "reward", 2);
  append(text, step, "rollout/solve_rate", "solved on", 2);
  append(text, step, "demonstration/solve_rate", "off", 2);
  if (text.empty()) append(text, step, "train/loss", "loss", 4);
  append(text, step, "rollout/entropy", "entropy", 2);
  append(text, step, "rollout/length", "length", 1);
  if (const auto rate = step.values.find("time/tokens_per_s"); rate != step.values.end())
    text += fmt::format("  {} tok/s", terminal::format_count(runlog::to_double(*rate)));
  return text;
}

std::string describe_evaluation(const nlohmann::json& beat) {
  const auto done = beat.value("done", int64_t{0}), right = beat.value("right", int64_t{0});
  return fmt::format("{} {}/{}  {:.3f} right", beat.value("suite", ""), done,
                     beat.value("total", int64_t{0}),
                     done > 0 ? static_cast<double>(right) / static_cast<double>(done) : 0.0);
}

void LiveLine::begin(const train::RunSpec& spec, uint64_t start, uint64_t total) {
  if (const std::string directory = spec.directory(); directory != directory_ || !progress_) {
    finish();
    directory_ = directory;
    terminal::ProgressOptions options;
    options.total = total;
    options.start = start;
    progress_ = std::make_unique<terminal::Progress>(
        fmt::format("{} seed {}", spec.label, spec.seed), options);
  }
}

void LiveLine::show(const train::RunSpec& spec, const LiveStep& step) {
  if (show_ && step.evaluation.is_object()) {
    const auto done = step.evaluation.value("all_done", uint64_t{0});
    begin(spec, done, step.evaluation.value("all_total", uint64_t{0}));
    progress_->update(done, describe_evaluation(step.evaluation));
    return;
  }
  if (!show_ || step.iteration < 0) return;
  begin(spec, static_cast<uint64_t>(step.iteration),
        spec.config.value("/update/iterations"_json_pointer, uint64_t{0}));
  progress_->update(static_cast<uint64_t>(step.iteration), describe_step(step));
}

void LiveLine::finish() {
  if (progress_) progress_->finish("done");
  progress_.reset();
}

}  // namespace rlreason::sweep
