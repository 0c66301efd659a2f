#include "sweeps/compare/question.h"

#include <fmt/ranges.h>

#include "core/embedded.h"
#include "core/error.h"
#include "sweeps/plan_trials.h"

namespace rlreason::sweep {
namespace {

using nlohmann::json;

std::vector<std::string> texts(const json& spec, const char* key) {
  return spec.value(key, std::vector<std::string>{});
}

// A word of a command line: quoted where a shell would take it apart.
std::string word(const std::string& text) {
  const bool plain =
      !text.empty() &&
      text.find_first_not_of(
          "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-./:@=,+%") ==
          std::string::npos;
  if (plain) return text;
  std::string quoted = "'";
  for (const char c : text) quoted += c == '\'' ? std::string("'\\''") : std::string(1, c);
  return quoted + "'";
}

std::optional<double> number(const json& spec, const char* key) {
  return spec.contains(key) && spec[key].is_number() ? std::optional(spec[key].get<double>())
                                                     : std::nullopt;
}

}  // namespace

bool is_plan(const std::string& text) {
  if (text.ends_with(".yaml") || text.ends_with(".yml")) return true;
  return embedded_file("sweeps/examples/" + text + ".yaml").has_value();
}

bool Question::of_plan() const { return !what.empty() && is_plan(what.front()); }

void Question::complete() {
  if (!of_plan() || !plan_text.empty()) return;
  if (what.size() > 1)
    throw UserError(
        "compare: required one plan or any number of runs, {} words came with the plan '{}'",
        what.size(), what.front());
  NamedText text = named_text(what.front(), "sweeps/examples/", "plan");
  plan_text = std::move(text.text);
  plan_origin = std::move(text.origin);
}

std::string Question::command() const {
  std::string text = "rlreason compare";
  for (const std::string& name : what) text += " " + word(name);
  const auto add = [&](const char* flag, const std::string& value) {
    if (!value.empty()) text += fmt::format(" {} {}", flag, word(value));
  };
  add("--baseline", baseline);
  add("--suites", fmt::format("{}", fmt::join(suites, ",")));
  add("--allow", fmt::format("{}", fmt::join(allow, ",")));
  add("--allow-diff", fmt::format("{}", fmt::join(allow_diff, ",")));
  add("--compute-match", compute_match);
  add("--correction", correction);
  if (minimum_effect) add("--minimum-effect", fmt::format("{}", *minimum_effect));
  if (equivalence) add("--equivalence", fmt::format("{}", *equivalence));
  if (curve != Question{}.curve) add("--curve", curve);
  if (axis != Question{}.axis) add("--axis", axis);
  add("--takeoff", takeoff);
  return text;
}

json Question::to_json() const {
  json spec = {{"what", what},
               {"plan", plan_text},
               {"plan_origin", plan_origin},
               {"baseline", baseline},
               {"suites", suites},
               {"allow", allow},
               {"allow_diff", allow_diff},
               {"compute_match", compute_match},
               {"curve", curve},
               {"axis", axis},
               {"takeoff", takeoff}};
  if (!correction.empty()) spec["correction"] = correction;
  if (minimum_effect) spec["minimum_effect"] = *minimum_effect;
  if (equivalence) spec["equivalence"] = *equivalence;
  return spec;
}

Question Question::from_json(const json& spec) {
  Question q;
  q.what = texts(spec, "what");
  q.plan_text = spec.value("plan", "");
  q.plan_origin = spec.value("plan_origin", "");
  q.baseline = spec.value("baseline", "");
  q.suites = texts(spec, "suites");
  q.allow = texts(spec, "allow");
  q.allow_diff = texts(spec, "allow_diff");
  q.compute_match = spec.value("compute_match", "");
  q.correction = spec.value("correction", "");
  q.minimum_effect = number(spec, "minimum_effect");
  q.equivalence = number(spec, "equivalence");
  q.curve = spec.value("curve", q.curve);
  q.axis = spec.value("axis", q.axis);
  q.takeoff = spec.value("takeoff", "");
  return q;
}

ComparisonInput read_question(const store::Store& store, const Question& question,
                              bool table_alone) {
  const FactNeeds needs{.table_alone = table_alone, .columns = question.suites};
  CurveRequest curve;
  curve.metric = question.curve;
  curve.axis = question.axis;
  ComparisonInput input;
  if (question.of_plan()) {
    const Plan plan = parse_plan(question.plan_text, question.plan_origin);
    input = read_plan(
        store, open_with_trials(plan, &store).plan,
        parse_takeoff(question.takeoff.empty() ? plan.takeoff : question.takeoff, curve), needs);
  } else {
    input = read_runs(store, question.what, parse_takeoff(question.takeoff, curve), needs);
  }
  if (!question.made_by.empty()) input.fill_command = input.again_command = question.made_by;
  if (!question.compute_match.empty()) input.compute_match = question.compute_match;
  if (!question.correction.empty()) input.correction = parse_correction(question.correction);
  if (question.minimum_effect) input.minimum_effect = question.minimum_effect;
  for (const std::string& path : question.allow_diff) input.allow_diff.push_back(path);
  return input;
}

Answer answer(const store::Store& store, const Question& question, bool table_alone) {
  Answer result;
  result.input = read_question(store, question, table_alone);
  CompareOptions how;
  how.baseline = question.baseline;
  how.suites = question.suites;
  how.allow = {question.allow.begin(), question.allow.end()};
  how.equivalence = question.equivalence;
  result.comparison = compare(result.input, how);
  return result;
}

}  // namespace rlreason::sweep
