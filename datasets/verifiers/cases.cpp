#include "datasets/verifiers/cases.h"

#include <chrono>
#include <nlohmann/json.hpp>

#include "core/config/parse.h"
#include "core/error.h"
#include "datasets/readers/jsonl.h"
#include "datasets/verifiers/math/judge.h"

namespace rlreason::data {
namespace {

using nlohmann::json;

std::string text_at(const json& object, const char* key, const std::string& where) {
  const auto found = object.find(key);
  if (found == object.end() || !found->is_string())
    throw DataError(
        "{}: required a text '{}' in a verifier case, found none; see datasets/verifiers/cases.h",
        where, key);
  return found->get<std::string>();
}

void count(CaseCounts& counts, const VerifierCase& labelled, const Verdict& verdict) {
  ++counts.cases;
  counts.unscored += verdict.outcome == Outcome::unscored;
  counts.correct += verdict.right() == labelled.expected;
  counts.wrong_accepts += verdict.right() && !labelled.expected;
  counts.right_rejects += !verdict.right() && labelled.expected;
}

json counts_json(const CaseCounts& c) {
  return {
      {"cases", c.cases},
      {"correct", c.correct},
      {"share", c.cases == 0 ? 0.0 : static_cast<double>(c.correct) / static_cast<double>(c.cases)},
      {"wrong_accepts", c.wrong_accepts},
      {"right_rejects", c.right_rejects},
      {"unscored", c.unscored}};
}

}  // namespace

VerifierCase case_from_json(const json& object, const std::string& where) {
  VerifierCase out;
  out.id = object.contains("id") ? text_at(object, "id", where) : where;
  out.gold = text_at(object, "gold", where);
  out.prediction = text_at(object, "prediction", where);
  for (const auto& [key, into] :
       {std::pair{"category", &out.category}, std::pair{"policy", &out.policy}})
    if (object.contains(key) && !object[key].is_null()) *into = text_at(object, key, where);
  out.answer_mode = object.contains("mode") && text_at(object, "mode", where) == "answer";
  if (object.contains("expected")) {
    if (!object["expected"].is_boolean())
      throw DataError("{}: required true or false for 'expected'; mend the case", where);
    out.scored = true;
    out.expected = object["expected"].get<bool>();
  }
  if (object.contains("choices") && object["choices"].is_array())
    for (const json& choice : object["choices"])
      if (choice.is_string()) out.choices.push_back(choice.get<std::string>());
  if (!object.contains("options") || object["options"].is_null()) return out;
  json options = object["options"];
  if (options.contains("abs_tol") && options["abs_tol"].is_number())
    options["abs_tol"] = json::array({options["abs_tol"]});
  try {
    out.options = config::parse<AnswerOptions>(
        config::from_json(options, config::Origin::words(where)), "options");
  } catch (const UserError& error) {
    throw DataError("{}", error.what());
  }
  return out;
}

std::string as_response(const VerifierInfo& verifier, const std::string& answer) {
  if (!verifier.mark.empty()) return verifier.mark + answer;
  return answer.find("boxed") == std::string::npos ? "\\boxed{" + answer + "}" : answer;
}

Verdict judge_case(const VerifierInfo& verifier, const VerifierCase& labelled) {
  const Question question{
      .gold = labelled.gold, .choices = labelled.choices, .options = labelled.options};
  if (!labelled.answer_mode) return verifier.verify(question, labelled.prediction);
  if (verifier.name == "math") return math::judge_answer(question, labelled.prediction).verdict;
  return verifier.verify(question, as_response(verifier, labelled.prediction));
}

CaseSummary judge_cases(const std::filesystem::path& file, const VerifierInfo& verifier,
                        const std::function<void(const JudgedCase&)>& visit) {
  CaseSummary summary;
  JsonlReader reader(file);
  json object;
  while (reader.next(object)) {
    const VerifierCase labelled = case_from_json(object, reader.where());
    const auto start = std::chrono::steady_clock::now();
    Verdict verdict = judge_case(verifier, labelled);
    const std::chrono::duration<double, std::micro> spent =
        std::chrono::steady_clock::now() - start;
    ++summary.judged;
    if (labelled.scored) {
      count(labelled.policy.empty() ? summary.all : summary.policy, labelled, verdict);
      if (labelled.policy.empty()) count(summary.categories[labelled.category], labelled, verdict);
    }
    visit({.labelled = labelled, .verdict = std::move(verdict), .micros = spent.count()});
  }
  return summary;
}

void to_json(json& out, const CaseSummary& summary) {
  out = {{"judged", summary.judged},
         {"all", counts_json(summary.all)},
         {"policy", counts_json(summary.policy)},
         {"categories", json::object()}};
  for (const auto& [name, counts] : summary.categories)
    out["categories"][name] = counts_json(counts);
}

}  // namespace rlreason::data
