// What a multiple-choice evaluation says beyond its accuracy: against guessing, by place of the right option, by scoring rule.
//
//   corrected    (accuracy - chance) / (1 - chance), chance from the protocol
//   chosen       share of each place among the answers;  right_at  accuracy where the right option stood there
//   likelihood   accuracy under each normalisation, where options were scored (flags loglik_raw, loglik_byte, loglik_token)
// Not here: accuracy and its interval (suite_report.h), orders (choices.h).
// Errors: none; facts without places give an empty report.
// Thread safety: pure functions.
#pragma once

#include <cstdint>
#include <map>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "core/store/records.h"

namespace rlreason::eval {

struct ChoiceReport {
  double chance = 0, corrected = 0;  // chance 0: no choice suite
  std::vector<int64_t> gold_count;   // by place: samples whose right option stood there
  std::vector<double> right_at;      // of these, the share that is right
  std::vector<double> chosen;        // by place, over samples with an answer
  std::map<std::string, double> likelihood;
  bool any() const { return chance > 0; }
};

ChoiceReport choice_report(const store::EvalFacts& facts);
nlohmann::json to_json(const ChoiceReport& report);
std::string text_of(const std::string& suite, const ChoiceReport& report);  // lines for a terminal

}  // namespace rlreason::eval
