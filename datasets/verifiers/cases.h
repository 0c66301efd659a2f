// Labelled cases for a verifier: one JSON object a line, judged one by one, and counted.
//
// Fields: id, gold, prediction, expected (absent: not scored), mode ("answer": the prediction is the bare answer, "response": the
// answer is to be found in it), category, options (AnswerOptions), choices, policy (scored apart).  Others are ignored.
// Errors: DataError "file:line" for a line that is no such object.
// Thread safety: values.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

#include "datasets/verifiers/verifier.h"

namespace rlreason::data {

struct VerifierCase {
  std::string id, gold, prediction, category, policy;
  bool answer_mode = false, scored = false, expected = false;
  AnswerOptions options;
  std::vector<std::string> choices;
};
VerifierCase case_from_json(const nlohmann::json& json, const std::string& where);

struct CaseCounts {
  int64_t cases = 0, correct = 0, wrong_accepts = 0, right_rejects = 0, unscored = 0;
};
struct CaseSummary {
  CaseCounts all, policy;  // `all` without the policy cases
  std::map<std::string, CaseCounts> categories;
  int64_t judged = 0;
};

struct JudgedCase {
  const VerifierCase& labelled;
  Verdict verdict;
  double micros = 0;
};
// A bare answer as this verifier expects a response to end.
std::string as_response(const VerifierInfo& verifier, const std::string& answer);
Verdict judge_case(const VerifierInfo& verifier, const VerifierCase& labelled);
CaseSummary judge_cases(const std::filesystem::path& file, const VerifierInfo& verifier, const std::function<void(const JudgedCase&)>& visit);
void to_json(nlohmann::json& json, const CaseSummary& summary);

}  // namespace rlreason::data
