#include "evaluators/choice_report.h"

#include <fmt/core.h>

#include "evaluators/choices.h"

namespace rlreason::eval {
namespace {

// Counts by place, as far as places occur.
struct Places {
  std::vector<int64_t> gold, right, chosen;
  int64_t answered = 0;

  static void count(std::vector<int64_t>& at, size_t place, int64_t by) {
    if (at.size() <= place) at.resize(place + 1);
    at[place] += by;
  }
  void add(const store::SampleFact& sample) {
    const auto place = [&](const char* name) {
      const bool there = sample.flags->is_object() && sample.flags->contains(name) &&
                         (*sample.flags)[name].is_number_integer();
      const int64_t value = there ? (*sample.flags)[name].get<int64_t>() : -1;
      return value >= 0 && value < static_cast<int64_t>(kMostOptions) ? value : -1;
    };
    if (const int64_t gold_place = place("gold_place"); gold_place >= 0) {
      count(gold, static_cast<size_t>(gold_place), 1);
      count(right, static_cast<size_t>(gold_place), sample.outcome == "right" ? 1 : 0);
    }
    if (const int64_t chosen_place = place("place"); chosen_place >= 0) {
      count(chosen, static_cast<size_t>(chosen_place), 1);
      ++answered;
    }
  }
};

double share(int64_t part, int64_t whole) {
  return whole > 0 ? static_cast<double>(part) / static_cast<double>(whole) : 0;
}

}  // namespace

ChoiceReport choice_report(const store::EvalFacts& facts) {
  ChoiceReport report;
  if (facts.row.protocol.is_object()) report.chance = facts.row.protocol.value("chance", 0.0);
  if (!report.any()) return report;
  Places places;
  std::map<std::string, std::pair<int64_t, int64_t>> rules;
  double accuracy = 0;
  for (const store::ItemFact& item : facts.items) {
    int64_t right = 0;
    for (const store::SampleFact& sample : item.samples) {
      right += sample.outcome == "right" ? 1 : 0;
      places.add(sample);
      for (const char* rule : {"loglik_raw", "loglik_byte", "loglik_token"})
        if (sample.flags->is_object() && sample.flags->contains(rule) &&
            (*sample.flags)[rule].is_boolean()) {
          rules[rule].first += (*sample.flags)[rule].get<bool>() ? 1 : 0;
          ++rules[rule].second;
        }
    }
    accuracy += share(right, static_cast<int64_t>(item.samples.size())) /
                static_cast<double>(facts.items.size());
  }
  report.corrected = chance_corrected(accuracy, report.chance);
  report.gold_count = places.gold;
  for (size_t i = 0; i < places.gold.size(); ++i)
    report.right_at.push_back(share(places.right[i], places.gold[i]));
  for (const int64_t count : places.chosen) report.chosen.push_back(share(count, places.answered));
  for (const auto& [rule, counts] : rules)
    report.likelihood[rule] = share(counts.first, counts.second);
  return report;
}

nlohmann::json to_json(const ChoiceReport& report) {
  return {{"chance", report.chance},         {"chance_corrected", report.corrected},
          {"gold_count", report.gold_count}, {"right_at", report.right_at},
          {"chosen", report.chosen},         {"likelihood", report.likelihood}};
}

std::string text_of(const std::string& suite, const ChoiceReport& report) {
  std::string text = fmt::format("{}: guessing earns {:.3f}, corrected for it {:.3f}\n", suite,
                                 report.chance, report.corrected);
  std::string chosen, right;
  for (size_t i = 0; i < report.chosen.size(); ++i)
    chosen += fmt::format(" {} {:.2f}", label(i, false), report.chosen[i]);
  for (size_t i = 0; i < report.right_at.size(); ++i)
    if (report.gold_count[i] > 0)
      right += fmt::format(" {} {:.2f} of {}", label(i, false), report.right_at[i],
                           report.gold_count[i]);
  if (!chosen.empty()) text += fmt::format("  chosen by place:{}\n", chosen);
  if (!right.empty()) text += fmt::format("  right by place of the right option:{}\n", right);
  std::string rules;
  for (const auto& [rule, accuracy] : report.likelihood)
    rules += fmt::format(" {} {:.3f}", rule, accuracy);
  if (!rules.empty()) text += fmt::format("  by likelihood:{}\n", rules);
  return text;
}

}  // namespace rlreason::eval
