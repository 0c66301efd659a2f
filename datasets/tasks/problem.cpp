#include "datasets/tasks/problem.h"

#include "core/error.h"

namespace rlreason::data {
namespace {

class ProblemStream : public Task::Stream {
 public:
  ProblemStream(std::string task, const ExpertConfig& expert, Wording wording,
                nlohmann::json settings, ProblemTask::Draw draw)
      : task_(std::move(task)),
        expert_(expert),
        wording_(wording),
        settings_(std::move(settings)),
        draw_(std::move(draw)) {}

  Prompt generate(Sequence& random) const override {
    const std::unique_ptr<Problem> problem = draw_(random);
    // Drawn whether used or not, so that a wording gives the problems of another one.
    const auto drawn = static_cast<Wording>(random.between(0, 2));
    Prompt prompt;
    prompt.text = problem->text(wording_ == Wording::mixed ? drawn : wording_);
    prompt.gold = problem->gold();
    prompt.verifier = problem->verifier();
    prompt.key = task_ + ":" + problem->key();
    prompt.category = problem->category();
    prompt.demonstrations = demonstrations(*problem, prompt, expert_, task_, random);
    return prompt;
  }
  nlohmann::json settings() const override { return settings_; }

 private:
  std::string task_;
  ExpertConfig expert_;
  Wording wording_;
  nlohmann::json settings_;
  ProblemTask::Draw draw_;
};

}  // namespace

void IntRange::check(const IntRange& range) {
  if (range.low > range.high)
    throw UserError("required low <= high, {}..{} came; swap them", range.low, range.high);
}

void require_within(std::string_view setting, const IntRange& range, int64_t low, int64_t high) {
  if (range.low < low || range.high > high)
    throw UserError("{}: required a range within {}..{}, {}..{} came; set {}.low and {}.high",
                    setting, low, high, range.low, range.high, setting, setting);
}

std::string Problem::near_miss(const std::string& answer, Sequence& random) const {
  return spoiled(answer, random);
}

std::unique_ptr<Task::Stream> make_problem_stream(std::string task, const ExpertConfig& expert,
                                                  Wording wording, nlohmann::json settings,
                                                  ProblemTask::Draw draw) {
  return std::make_unique<ProblemStream>(std::move(task), expert, wording, std::move(settings),
                                         std::move(draw));
}

std::string problem_markdown(std::vector<config::Row> settings, const ProblemTask::Draw& draw) {
  Sequence random({.seed = 0, .purpose = Purpose::data});
  const std::unique_ptr<Problem> problem = draw(random);
  const Solution terse = problem->solve({.style = Style::terse}, random);
  const Solution full = problem->solve({.style = Style::full}, random);
  std::string out = config::markdown(settings);
  const auto line = [&](std::string_view what, const std::string& text) {
    out += fmt::format("    {:<9} {}\n", what, text);
  };
  out += "\nFor example:\n\n";
  line("symbols", problem->text(Wording::symbols));
  line("question", problem->text(Wording::question));
  line("request", problem->text(Wording::request));
  line("gold", problem->gold());
  line("verifier", problem->verifier());
  line("terse", formatted(terse, StepFormat::plain));
  line("full", formatted(full, StepFormat::plain));
  return out;
}

std::string joined(const std::vector<std::string>& parts, std::string_view between) {
  std::string out;
  for (size_t i = 0; i < parts.size(); ++i) {
    if (i > 0) out += between;
    out += parts[i];
  }
  return out;
}

std::string joined(const std::vector<int64_t>& values, std::string_view between) {
  std::vector<std::string> parts;
  parts.reserve(values.size());
  for (const int64_t value : values) parts.push_back(std::to_string(value));
  return joined(parts, between);
}

std::string listed(const std::vector<int64_t>& values) {
  std::string out;
  for (size_t i = 0; i < values.size(); ++i) {
    if (i > 0) out += i + 1 == values.size() ? " and " : ", ";
    out += std::to_string(values[i]);
  }
  return out;
}

}  // namespace rlreason::data
